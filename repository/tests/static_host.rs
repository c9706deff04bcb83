//! A repository on a static host, and the scheduled job that keeps it alive: its steps are run as they are written.

use crate::world;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::command::Desk;
use crate::world::{Client, copy_folder};

const INIT: [&str; 6] = [
    "init",
    "--static",
    "--root-key=root",
    "--targets-key=targets",
    "--snapshot-key=online",
    "--timestamp-key=online",
];

fn desk() -> Desk {
    let desk = Desk::new();
    for name in ["root", "targets"] {
        desk.ok(&["key", "new", name, "--unencrypted"]);
    }
    desk.ok(&["key", "new", "online"]);
    desk
}

fn now() -> tuf_repository::UnixTime {
    let since = std::time::UNIX_EPOCH.elapsed().expect("a clock");
    tuf_repository::UnixTime(since.as_secs() as i64)
}

/// The commands of the steps of the workflow, by their names.
fn steps(workflow: &str) -> Vec<(String, String)> {
    let mut steps = Vec::new();
    let mut name = String::new();
    let mut lines = workflow.lines().peekable();
    while let Some(line) = lines.next() {
        if let Some(found) = line.strip_prefix("      - name: ") {
            name = found.to_owned();
        }
        if line == "        run: |" {
            let mut script = String::new();
            while let Some(line) = lines.next_if(|line| line.is_empty() || line.starts_with("          ")) {
                script.push_str(line.strip_prefix("          ").unwrap_or_default());
                script.push('\n');
            }
            steps.push((name.clone(), script));
        }
    }
    steps
}

/// A machine of the service that runs the job: a fresh checkout, and an empty temporary folder.
struct Runner<'d> {
    desk: &'d Desk,
    checkout: PathBuf,
    temporary: PathBuf,
    workflow: String,
}

impl<'d> Runner<'d> {
    fn check_out(desk: &'d Desk, number: usize) -> Self {
        let home = desk.path().join(format!("runner-{number}"));
        let (checkout, temporary) = (home.join("checkout"), home.join("temporary"));
        fs::create_dir_all(&temporary).expect("a folder");
        git(desk.path(), &["clone", "--quiet", "origin.git", checkout.to_str().expect("UTF-8")]);
        let workflow = fs::read_to_string(checkout.join(".github/workflows/tuf.yml")).expect("the workflow");
        Self { desk, checkout, temporary, workflow }
    }

    fn run(&self, script: &str) -> Output {
        let variable = |name: &str| {
            let prefix = format!("{name}: ");
            let value = self.workflow.lines().find_map(|line| line.trim().strip_prefix(&prefix));
            value.expect("a variable of the job")
        };
        let program = Path::new(env!("CARGO_BIN_EXE_tufrepo")).parent().expect("a folder");
        let search = std::env::var("PATH").expect("a search path");
        let key = fs::read_to_string(self.desk.path().join("repo-keys/online.pem")).expect("a key");
        let mut bash = Command::new("bash");
        bash.args(["-e", "-c", script]).current_dir(&self.checkout);
        bash.env("PATH", format!("{}:{search}", program.display())).env_remove("TUFREPO_REPOSITORY");
        bash.env("RUNNER_TEMP", &self.temporary).env("ROOT_SHA256", variable("ROOT_SHA256"));
        bash.env("SETTINGS_SHA256", variable("SETTINGS_SHA256"))
            .env("GITHUB_SERVER_URL", "https://localhost");
        bash.env("GIT_TOKEN", "secret of git").env("GITHUB_PATH", self.temporary.join("path"));
        bash.env("ONLINE_KEY", key.trim_end()).env("ONLINE_PASSPHRASE", "correct horse");
        bash.output().expect("bash starts")
    }

    /// Runs every step, and gives the status of the last one.
    fn run_all(&self) -> Option<i32> {
        // The program is there already.
        let mut steps = steps(&self.workflow);
        assert_eq!(steps.remove(0).0, "Put tufrepo where the next steps find it");
        assert_eq!(steps.len(), 6);
        let mut status = None;
        for (number, (name, script)) in steps.iter().enumerate() {
            let output = self.run(script);
            status = output.status.code();
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(status == Some(0) || number == 5, "{name}: {said}");
            assert!(!said.contains("correct horse") && !said.contains("secret of git"), "{name}");
        }
        assert!(!self.temporary.join("keys").exists() && !self.temporary.join("passphrase").exists());
        status
    }
}

fn git(folder: &Path, args: &[&str]) {
    let mut git = Command::new("git");
    git.args(["-c", "user.name=a", "-c", "user.email=a@localhost", "-c", "init.defaultBranch=main"]);
    let output = git.args(args).current_dir(folder).output().expect("git starts");
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Changes the settings, and writes their digest into the workflow, as the note of `init` says.
fn set(desk: &Desk, settings: &str) {
    let path = desk.repository().join(".github/workflows/tuf.yml");
    let workflow = fs::read_to_string(&path).expect("the workflow");
    let digest = |text: &[u8]| tuf_repository::metadata::sha256_hex(text);
    let before = digest(&fs::read(desk.repository().join("tufrepo.toml")).expect("settings"));
    assert!(workflow.contains(&before));
    fs::write(path, workflow.replace(&before, &digest(settings.as_bytes()))).expect("the workflow");
    desk.write("repo/tufrepo.toml", settings);
}

fn push(desk: &Desk) {
    let repository = desk.repository();
    git(&repository, &["add", "--all"]);
    git(&repository, &["commit", "--quiet", "--message", "Publish"]);
    git(&repository, &["push", "--quiet", "origin", "HEAD:main"]);
}

#[test]
fn a_scheduled_job_keeps_the_repository_alive() {
    if ["git", "bash"].iter().any(|program| Command::new(program).arg("--version").output().is_err()) {
        world::skip("a_scheduled_job_keeps_the_repository_alive", "git or bash is not installed");
        return;
    }
    let desk = desk();
    desk.ok(&INIT);
    desk.write("file.txt", "bytes");
    desk.ok(&["target", "add", "a", "file.txt"]);
    desk.ok(&["publish"]);
    git(desk.path(), &["init", "--quiet", "--bare", "origin.git"]);
    git(&desk.repository(), &["init", "--quiet"]);
    git(&desk.repository(), &["remote", "add", "origin", "../origin.git"]);
    push(&desk);

    // Nothing is due: the job publishes what is there.
    let first = Runner::check_out(&desk, 1);
    assert_eq!(first.run_all(), Some(0));
    let site = first.checkout.join("_site");
    Client::default().find(&site, "a", now()).expect("an update");
    assert!(!site.join("tufrepo.toml").exists() && !site.join("staged").exists());

    // Its time has come: it signs the timestamp, and keeps it in git.
    let settings =
        "format = 1\n[expires]\ntimestamp = \"22d\"\nsnapshot = \"28d\"\n[renew]\ntimestamp = \"21d\"\n";
    set(&desk, settings);
    push(&desk);
    let second = Runner::check_out(&desk, 2);
    assert_eq!(second.run_all(), Some(0));
    let third = Runner::check_out(&desk, 3);
    let report = Client::default().update(&third.checkout, now()).expect("an update");
    assert_eq!(report.timestamp.version, 3, "it was pushed");

    let sign = |runner: &Runner<'_>| {
        let wanted = ["Put the online key where only this job can read it", "Sign what is about to expire"];
        let steps = steps(&runner.workflow).into_iter().filter(|(name, _)| wanted.contains(&name.as_str()));
        let _ = fs::remove_dir_all(runner.temporary.join("keys"));
        steps.map(|(_, script)| runner.run(&script)).collect::<Vec<_>>().pop().expect("a step")
    };

    // Somebody who can push, but not change the workflow, chooses for how long it signs, and what it starts to sign.
    let hostile = Runner::check_out(&desk, 6);
    let long = settings.replace("22d", "36500d").replace("21d", "36499d");
    for text in [long, settings.replace("format = 1\n", "format = 1\nkeys = \"k\"\n")] {
        fs::write(hostile.checkout.join("tufrepo.toml"), text).expect("settings");
        let refused = sign(&hostile);
        assert!(!refused.status.success());
        let said = String::from_utf8_lossy(&refused.stderr);
        assert!(said.contains("[settings-changed]"), "{said}");
        let version =
            Client::default().update(&hostile.checkout, now()).expect("an update").timestamp.version;
        assert_eq!(version, 3, "nothing was signed");
    }

    // Somebody puts an older state into the branch: the job, with the state folder that it has kept, signs nothing, wherever
    // the next machine checks out.
    let older = Runner::check_out(&desk, 5);
    copy_folder(&second.temporary.join("state"), &older.temporary.join("state"));
    git(&older.checkout, &["reset", "--quiet", "--hard", "HEAD~1"]);
    let refused = sign(&older);
    assert!(!refused.status.success());
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(said.contains("[would-go-back]"), "{said}");
    let version = Client::default().update(&older.checkout, now()).expect("an update").timestamp.version;
    assert_eq!(version, 2, "nothing was signed");
    let place = |text| older.workflow.find(text).expect("a step");
    let order =
        ["actions/cache/restore", "tufrepo \"${options[@]}\" adopt", "git push", "actions/cache/save"];
    assert!(order.map(place).is_sorted());

    // People hear of it when they must sign.
    set(&desk, "format = 1\n[expires]\ntargets = \"50d\"\ntimestamp = \"21d\"\nsnapshot = \"28d\"\n");
    git(&desk.repository(), &["pull", "--quiet", "--no-rebase", "origin", "main"]);
    desk.ok(&["refresh", "targets"]);
    push(&desk);
    assert_eq!(Runner::check_out(&desk, 4).run_all(), Some(3));
}

/// What is built runs code of many; what may push, sign or publish is elsewhere.
#[test]
fn the_job_that_builds_holds_nothing() {
    let desk = desk();
    desk.ok(&INIT);
    let workflow =
        fs::read_to_string(desk.repository().join(".github/workflows/tuf.yml")).expect("the workflow");
    let (before, jobs) = workflow.split_once("\njobs:\n").expect("jobs");
    assert!(before.contains("\npermissions: {}\n") && !before.contains("\n  contents: write"), "{before}");
    let (build, refresh) = jobs.split_once("\n  refresh:\n").expect("two jobs");
    assert!(build.contains("cargo install") && !refresh.contains("cargo install"));
    for held in
        ["secrets.", "github.token", "permissions:", "environment:", "actions/cache", "actions/checkout"]
    {
        assert!(!build.contains(held), "{held}");
    }
    let checkout = "- uses: actions/checkout@v4\n        with:\n          persist-credentials: false\n";
    assert!(refresh.contains(checkout));
    assert_eq!(workflow.matches("github.token").count(), 1);
}

#[test]
fn a_week_without_the_job_is_no_outage() {
    let desk = desk();
    desk.ok(&INIT);
    let status: serde_json::Value = serde_json::from_str(&desk.ok(&["status", "--json"])).expect("JSON");
    assert_eq!(status["contradictions"], serde_json::json!([]));
    for row in status["roles"].as_array().expect("roles") {
        let number = |field: &str| row[field].as_u64().expect("a number");
        assert!(number("lead") >= 14 * 86_400, "{row}");
        assert!(number("period") >= number("lead") + 7 * 86_400, "{row}");
        assert!(number("seconds") > number("period") - 60, "signed for the periods of the settings: {row}");
    }
}

#[test]
fn keeps_files_that_are_there_and_refuses_keys_that_the_job_cannot_hold() {
    let desk = desk();
    let two = [&INIT[..5], &["--timestamp-key=root"]].concat();
    assert!(desk.refused(&two, "has one key for both").contains("--timestamp-key"));
    assert!(!desk.repository().join(".github").exists());
    desk.write("repo/.gitignore", "mine\n");
    let run = desk.run(&INIT);
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    assert!(run.stderr.contains(".gitignore is there already"), "{}", run.stderr);
    assert_eq!(fs::read_to_string(desk.repository().join(".gitignore")).expect("a file"), "mine\n");
    let workflow =
        fs::read_to_string(desk.repository().join(".github/workflows/tuf.yml")).expect("the workflow");
    assert!(
        !workflow.contains('@')
            || workflow.lines().all(|line| !line.contains("@ROOT@") && !line.contains("@KEY@"))
    );
    assert!(!workflow.contains("PRIVATE KEY"));
}
