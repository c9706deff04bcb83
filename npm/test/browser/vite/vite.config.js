// A file that is not there must be answered with 404, not with index.html: a repository says so with it.

export default { appType: "mpa" };
