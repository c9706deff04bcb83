//! The Debian package, with a real dpkg, in a namespace of mounts: what it changes is gone with it.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::machine::Machine;

const NAME: &str = "package/cannot_be_removed_while_pulls_depend_on_it";

/// `$1` is an empty folder, `$2` the package. Each step prints what there is. Without the mounts, nothing is touched.
const LIFE: &str = r#"
set -e
mount -t tmpfs none "$1"
for folder in etc opt usr var; do
    mkdir -p "$1/$folder/upper" "$1/$folder/work"
    mount -t overlay -o "lowerdir=/$folder,upperdir=$1/$folder/upper,workdir=$1/$folder/work" none "/$folder"
done
mount -t tmpfs -o mode=0755 none /run
mkdir -p /run/systemd/system
set +e
units=/etc/systemd/system/containerd.service.d
bin=/opt/containerd/image-verifier/bin
rm -rf "$bin" "$units" /etc/tuf-verifier
shows() { echo "$1: $(find "$bin" "$units" -mindepth 1 -printf '%f ' 2>/dev/null)$(dpkg-query --show --showformat '${db:Status-Status}' tuf-image-verifier 2>/dev/null)"; }
dpkg --install "$2" >/dev/null; shows installed
dpkg --remove tuf-image-verifier >/dev/null; shows removed-unused
dpkg --install "$2" >/dev/null
mkdir -p /etc/tuf-verifier
printf 'version = 1\ndefault = "reject"\nstate_dir = "/var/lib/tuf-verifier"\nlog = ""\n' >/etc/tuf-verifier/policy.toml
tuf-image-verifier init --bin-dir "$bin" >/dev/null; shows used
dpkg --install "$2" >/dev/null; shows upgraded
"$bin/tuf-image-verifier" --version | head -n 1 | cut -d ' ' -f 1
dpkg --remove tuf-image-verifier 2>&1 | grep --only-matching -e 'pulls-would-pass' -e 'First run: .*'; shows kept
[ -x "$bin/tuf-image-verifier" ] && echo asked
tuf-image-verifier uninstall --allow-unverified-pulls | tail -n 1
dpkg --remove tuf-image-verifier >/dev/null; shows removed
ls /etc/tuf-verifier
cp "$3" /usr/local/bin/tuf-image-verifier
/usr/local/bin/tuf-image-verifier init --no-systemd --bin-dir "$bin" >/dev/null
dpkg --purge tuf-image-verifier 2>&1 >/dev/null | tail -n 1; shows purged-while-used
ls /etc/tuf-verifier
/usr/local/bin/tuf-image-verifier uninstall --no-systemd --allow-unverified-pulls >/dev/null
dpkg --install "$2" >/dev/null
dpkg --purge tuf-image-verifier >/dev/null; shows purged
ls -d /etc/tuf-verifier 2>&1 | grep --only-matching 'No such file'
"#;

const EXPECTED: &str = "\
installed: installed
removed-unused: config-files
used: tuf-image-verifier 50-tuf-image-verifier.conf installed
upgraded: tuf-image-verifier 50-tuf-image-verifier.conf installed
tuf-image-verifier
pulls-would-pass
First run: tuf-image-verifier uninstall --allow-unverified-pulls
kept: tuf-image-verifier 50-tuf-image-verifier.conf installed
asked
without this program /opt/containerd/image-verifier/bin is empty, and containerd allows every pull
removed: config-files
policy.toml
/etc/tuf-verifier and /var/lib/tuf-verifier are kept: another tuf-image-verifier is asked about pulls.
purged-while-used: tuf-image-verifier 
installed-in
policy.toml
purged: 
No such file
";

/// From the installation to the purge: no step leaves pulls blocked, and none opens them without a word.
pub(super) fn life() {
    let programs: [(_, &[&str]); 3] =
        [("dpkg-deb", &["--version"]), ("dpkg-shlibdeps", &["--version"]), ("unshare", &["--mount", "true"])];
    for (program, arguments) in programs {
        let tried = Command::new(program).args(arguments).stdout(Stdio::null()).status();
        if !tried.is_ok_and(|status| status.success()) {
            return tuf_tests::skip(NAME, &format!("{program} does not work here"));
        }
    }
    let machine = Machine::new();
    let package = machine.path("package.deb");
    pack(&machine.path("bin/tuf-image-verifier"), &package);
    std::fs::create_dir(machine.path("layers")).expect("a folder");
    let mut command = Command::new("unshare");
    command.args(["--mount", "--propagation", "private", "sh", "-c", LIFE, "life"]);
    command.arg(machine.path("layers")).arg(package).arg(machine.path("bin/tuf-image-verifier"));
    command.env("LC_ALL", "C").env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    let output = command.stdin(Stdio::null()).output().expect("a program that starts");
    let (found, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(found, EXPECTED, "{errors}");
}

fn pack(program: &Path, package: &Path) {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["xtask", "deb", "--program"]).arg(program).arg("--output").arg(package);
    let output = cargo
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
        .output()
        .expect("a program that starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
