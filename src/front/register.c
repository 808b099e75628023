/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "front/register.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "docker/mapped.h"
#include "docker/runtime_info.h"
#include "front/capture.h"
#include "front/doctor.h"
#include "front/engine.h"
#include "front/output.h"
#include "front/policy_edit.h"
#include "front/policyfile.h"
#include "model/variable.h"
#include "wire/json.h"

#define DAEMON_JSON "/etc/docker/daemon.json"
#define DAEMON_JSON_BEFORE DAEMON_JSON ".before-safedocker"
#define TEXT_MAX (1024 * 1024)
#define PATIENCE 50			/* tenths of a second for the engine to read it */
#define TRIAL "safedocker-trial"	/* the image and the container of the trial */
#define UID_LAST 60000			/* the last number of login accounts (UID_MAX of login.defs) */
#define KERNEL "5.19"			/* mounts overlay on layers with mapped ids */

/* --- the engine ------------------------------------------------------------------------- */
static int read_info(struct runtime_info *ret, const char **why_not, char **ret_data_root)
{
	static const char *const info[] = { "info", "--format", "{{json .}}", NULL };
	struct buf text = buf_new(ENGINE_OUTPUT_MAX);
	int r = engine_ask(info, &text) == 0 ? runtime_info_read(buf_slice(&text), ret, why_not) : -1;
	json_t *root = r == 0 && ret_data_root != NULL ? json_loadb(text.data, text.len, 0, NULL) : NULL;
	const char *data = json_string_value(json_object_get(root, "DockerRootDir"));

	if (data != NULL)
		*ret_data_root = strdup(data);
	json_decref(root);
	buf_free(&text);
	return r;
}

static int connect_engine(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	const char *path = SAFEDOCKER_SOCKET;
	struct policy *policy = NULL;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (policyfile_load(&policy, NULL) == 0 && policy_engine_socket(policy) != NULL)
		path = policy_engine_socket(policy);
	(void)snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	policy_free(policy);
	if (fd >= 0 && connect(fd, (const struct sockaddr *)&at, sizeof(at)) < 0) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

/* A process of root's whose program is called dockerd; it cannot become another while the descriptor is held. */
static int open_engine(pid_t pid)
{
	int fd = pid > 1 ? pidfd_open(pid, 0) : -1;
	char path[64], program[4096];
	struct stat st;
	ssize_t n;

	(void)snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	if (fd < 0 || stat(path, &st) < 0 || st.st_uid != 0)
		goto no;
	(void)snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	n = readlink(path, program, sizeof(program) - 1);
	if (n < 7)
		goto no;
	program[n] = '\0';
	if (strcmp(strrchr(program, '/') + 1, "dockerd") == 0)
		return fd;
no:
	if (fd >= 0)
		(void)close(fd);
	return -1;
}

/* Where something else made the socket for it, the file says who the engine is. */
static pid_t pid_of_file(void)
{
	FILE *f = fopen("/run/docker.pid", "re");
	int pid = -1;

	if (f == NULL)
		return -1;
	if (fscanf(f, "%d", &pid) != 1)	/* NOLINT(cert-err34-c): what is no number leaves -1 */
		pid = -1;
	(void)fclose(f);
	return pid;
}

static int read_again(struct error *reterr)
{
	struct ucred peer = { .pid = -1 };
	socklen_t size = sizeof(peer);
	int fd = connect_engine(), engine = -1, r;

	if (fd >= 0 && getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0)
		engine = open_engine(peer.pid);
	if (fd >= 0)
		(void)close(fd);
	if (engine < 0)
		engine = open_engine(pid_of_file());
	if (engine < 0)
		return error_set(reterr, ERR_ENGINE, "no process dockerd was found behind the engine's socket: is it "
				 "another machine's?");
	r = pidfd_send_signal(engine, SIGHUP, NULL, 0);
	(void)close(engine);
	return r == 0 ? 0 : error_set(reterr, ERR_SYSTEM, "the engine cannot be signalled: %s", strerror(errno));
}

static bool wait_for(bool registered, bool as_default)
{
	const struct timespec tenth = { .tv_nsec = 100000000 };
	struct runtime_info info;

	for (int i = 0; i < PATIENCE; i++) {
		if (read_info(&info, NULL, NULL) == 0 && info.registered == registered &&
		    (!as_default || info.is_default))
			return true;
		(void)nanosleep(&tenth, NULL);
	}
	return false;
}

/* --- daemon.json ------------------------------------------------------------------------ */
struct config {
	char *text;		/* owned; as it was; NULL: there was none */
	mode_t mode;
	json_t *root;		/* owned */
};

static int read_config(struct config *ret, struct error *reterr)
{
	int fd = open(DAEMON_JSON, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct error why = { 0 };
	struct stat st;
	ssize_t n;

	*ret = (struct config){ .mode = 0644 };
	if (fd < 0 && errno == ENOENT) {
		ret->root = json_object();
		return ret->root != NULL ? 0 : error_set(reterr, ERR_SYSTEM, "out of memory");
	}
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_uid != 0 || (st.st_mode & 022) != 0) {
		if (fd >= 0)
			(void)close(fd);
		return error_set(reterr, ERR_DENIED, DAEMON_JSON " is left alone: it is not a plain file that only root may "
				 "change; add \"runtimes\": {\"" VARIABLE_RUNTIME "\": {\"path\": \"" SAFEDOCKER_RUNTIME
				 "\"}} to it by hand");
	}
	ret->mode = st.st_mode & 0777;
	ret->text = calloc(1, TEXT_MAX + 1);
	n = ret->text != NULL ? read(fd, ret->text, TEXT_MAX) : -1;
	(void)close(fd);
	if (n < 0 || n == TEXT_MAX)
		return error_set(reterr, ERR_SYSTEM, DAEMON_JSON " cannot be read whole");
	ret->root = json_parse(slice_of(ret->text, (size_t)n), JSON_TOKENS_MAX, &why);
	return json_is_object(ret->root) ? 0 :
		error_set(reterr, ERR_SYNTAX, DAEMON_JSON " is left alone: %s", *why.text != '\0' ? why.text : "it is no object");
}

/* 1: changed, 0: it says so already. */
static int change_config(json_t *root, bool as_default, struct error *reterr)
{
	json_t *runtimes = json_object_get(root, "runtimes"), *ours = json_object_get(runtimes, VARIABLE_RUNTIME);
	const char *path = json_string_value(json_object_get(ours, "path"));
	const char *standard = json_string_value(json_object_get(root, "default-runtime"));
	bool is_default = standard != NULL && strcmp(standard, VARIABLE_RUNTIME) == 0;

	if (runtimes != NULL && !json_is_object(runtimes))
		return error_set(reterr, ERR_SYNTAX, DAEMON_JSON " is left alone: its runtimes are no object");
	if (ours != NULL && (path == NULL || strcmp(path, SAFEDOCKER_RUNTIME) != 0))
		return error_set(reterr, ERR_CONFLICT, DAEMON_JSON " is left alone: it has another runtime of the name "
				 VARIABLE_RUNTIME);
	if (ours != NULL && (is_default || !as_default))
		return 0;
	if (runtimes == NULL) {
		runtimes = json_object();
		if (json_object_set_new(root, "runtimes", runtimes) < 0)
			return error_set(reterr, ERR_SYSTEM, "out of memory");
	}
	if ((ours == NULL && json_object_set_new(runtimes, VARIABLE_RUNTIME, json_pack("{s:s}", "path", SAFEDOCKER_RUNTIME)) < 0) ||
	    (as_default && json_object_set_new(root, "default-runtime", json_string(VARIABLE_RUNTIME)) < 0))
		return error_set(reterr, ERR_SYSTEM, "out of memory");
	return 1;
}

static int write_config(const struct config *c, struct error *reterr)
{
	char *text = json_dumps(c->root, JSON_INDENT(4)), *whole = NULL;
	int r = 0;

	if (text == NULL || asprintf(&whole, "%s\n", text) < 0)
		r = error_set(reterr, ERR_SYSTEM, "out of memory");
	if (r == 0 && mkdir("/etc/docker", 0755) < 0 && errno != EEXIST)
		r = error_set(reterr, ERR_SYSTEM, "/etc/docker cannot be made: %s", strerror(errno));
	if (r == 0 && c->text != NULL)
		r = policy_install_for(DAEMON_JSON_BEFORE, slice_str(c->text), 0, c->mode, reterr);
	if (r == 0)
		r = policy_install_for(DAEMON_JSON, slice_str(whole), 0, c->mode, reterr);
	free(whole);
	free(text);
	return r;
}

/* The engine forgets nothing that is only left out: so it reads once that there is none, and what was the default. */
static int forget_runtime(const struct config *c, struct error *reterr)
{
	struct config without = { .mode = c->mode };
	json_t *runtimes;
	int r;

	without.root = c->text != NULL ? json_loads(c->text, 0, NULL) : json_object();
	runtimes = json_object_get(without.root, "runtimes");
	if (runtimes == NULL)
		(void)json_object_set_new(without.root, "runtimes", json_object());
	if (json_object_get(without.root, "default-runtime") == NULL)
		(void)json_object_set_new(without.root, "default-runtime", json_string("runc"));
	r = write_config(&without, reterr);
	json_decref(without.root);
	if (r == 0)
		r = read_again(reterr);
	return r < 0 ? -1 : wait_for(false, false) ? 0 :
		error_set(reterr, ERR_ENGINE, "the engine knows the runtime until its next start");
}

/* As it was before, whatever went wrong since. */
static void take_back(const struct config *c)
{
	struct error why = { 0 };
	int r = forget_runtime(c, &why);

	if ((c->text != NULL ? policy_install_for(DAEMON_JSON, slice_str(c->text), 0, c->mode, &why) : unlink(DAEMON_JSON)) < 0)
		r = error_set(&why, ERR_SYSTEM, DAEMON_JSON " stays changed: %s", strerror(errno));
	if (r == 0)
		(void)printf(DAEMON_JSON " is as it was, and the engine has forgotten the runtime\n");
	else
		(void)output_fail("%s", why.text);
}

/* --- the trial -------------------------------------------------------------------------- */
/* Any login account will do: the runtime gives its ids to the container, and nothing of it is run or read. */
static bool find_account(struct passwd *ret)
{
	const struct passwd *pw;

	setpwent();
	while ((pw = getpwent()) != NULL && (pw->pw_uid < 1000 || pw->pw_uid > UID_LAST))
		;
	endpwent();
	if (pw != NULL)
		*ret = *pw;
	return pw != NULL;
}

/* The program of the trial is the host's own cat, which it mounts as a user's container mounts a path. */
static const char *const places[] = { "/bin", "/lib", "/lib64", "/usr" };

static char *trial_variable(void)
{
	json_t *mounts = json_array(), *root = json_pack("{s:o}", "mounts", mounts);
	char *text, *variable = NULL;

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (access(places[i], F_OK) == 0)
			(void)json_array_append_new(mounts, json_pack("{s:s, s:s, s:b}", "target", places[i], "source", places[i], "ro", 1));
	text = json_render(root);
	if (text != NULL && asprintf(&variable, VARIABLE_NAME "=%s", text) < 0)
		variable = NULL;
	free(text);
	json_decref(root);
	return variable;
}

/* An image with nothing in it. */
static int make_image(void)
{
	char path[] = "/run/safedocker-trial-XXXXXX";
	int fd = mkostemp(path, O_CLOEXEC), r = -1;
	const char *import[] = { "import", path, TRIAL, NULL };
	struct buf out = buf_new(4096);
	static const char empty[1024];

	if (fd >= 0 && write(fd, empty, sizeof(empty)) == (ssize_t)sizeof(empty))
		r = engine_ask(import, &out) == 0 ? 0 : -1;
	if (fd >= 0) {
		(void)close(fd);
		(void)unlink(path);
	}
	buf_free(&out);
	return r;
}

static int make_container(uid_t uid, enum cgroup_driver driver, const char *variable)
{
	char parent[MAPPED_PARENT_LEN], binds[4][200];
	const char *argv[40] = { "create", "--name", TRIAL, "--network", "none", "--runtime", VARIABLE_RUNTIME, "--cgroup-parent", parent,
				 "--workdir", "/", "--env", variable };
	struct buf out = buf_new(4096);
	size_t n = 13, k = 0;
	int r;

	mapped_parent(uid, driver, parent);
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (access(places[i], F_OK) < 0)
			continue;
		(void)snprintf(binds[k], sizeof(binds[k]), SAFEDOCKER_PLACEHOLDER ":%s:ro", places[i]);
		argv[n++] = "--volume";
		argv[n++] = binds[k++];
	}
	argv[n++] = TRIAL;
	argv[n++] = "/bin/cat";
	argv[n++] = "/proc/self/uid_map";
	r = engine_ask(argv, &out);
	buf_free(&out);
	return r;
}

/* What the engine has to say about it, in one line. */
static void say_why(struct error *reterr)
{
	static const char *const inspect[] = { "inspect", "--format", "{{.State.Error}}", TRIAL, NULL };
	struct buf out = buf_new(TEXT_MAX);
	const char *text = engine_ask(inspect, &out) == 0 ? buf_cstr(&out) : NULL;

	error_fill(reterr, ERR_ENGINE, "the trial container did not run: %.*s", text != NULL ? (int)strcspn(text, "\n") : 0,
		   text != NULL ? text : "");
	buf_free(&out);
}

static int run_trial(const struct passwd *account, enum cgroup_driver driver, struct error *reterr)
{
	static const char *const start[] = { "start", "--attach", TRIAL, NULL }, *const remove[] = { "rm", "-f", TRIAL, NULL },
		*const forget[] = { "rmi", TRIAL, NULL };
	struct buf map = buf_new(4096), out = buf_new(4096);
	char *variable = trial_variable();
	unsigned inside, outside, count;
	int r = -1;

	(void)engine_ask(remove, &out);
	if (variable == NULL || make_image() < 0 || make_container(account->pw_uid, driver, variable) != 0)
		(void)error_set(reterr, ERR_ENGINE, "the trial container could not be made");
	else if (engine_ask(start, &map) != 0 || buf_cstr(&map) == NULL)
		say_why(reterr);
	else if (sscanf(buf_cstr(&map), "%u %u %u", &inside, &outside, &count) != 3 || /* NOLINT(cert-err34-c) */
		 inside != 0 || outside != account->pw_uid || count != 1)
		(void)error_set(reterr, ERR_ENGINE, "in the trial container root was not the user: %.*s",
				(int)strcspn(buf_cstr(&map), "\n"), buf_cstr(&map));
	else
		r = 0;
	(void)engine_ask(remove, &out);
	(void)engine_ask(forget, &out);
	free(variable);
	buf_free(&map);
	buf_free(&out);
	return r;
}

/* --- before it ---------------------------------------------------------------------------- */
static int check_host(struct error *reterr)
{
	struct utsname kernel;
	struct stat st;

	if (uname(&kernel) == 0 && doctor_version_compare(kernel.release, KERNEL) < 0)
		return error_set(reterr, ERR_DENIED, "Linux " KERNEL " or newer is needed, this is %s: until then root = never", kernel.release);
	if (stat(SAFEDOCKER_RUNTIME, &st) < 0 || st.st_uid != 0 || (st.st_mode & 022) != 0 || (st.st_mode & 0111) == 0)
		return error_set(reterr, ERR_DENIED, SAFEDOCKER_RUNTIME " is not there, or not a program that only root may change");
	if ((mkdir(SAFEDOCKER_STATEDIR, 0755) < 0 && errno != EEXIST) || (mkdir(SAFEDOCKER_PLACEHOLDER, 0555) < 0 && errno != EEXIST))
		return error_set(reterr, ERR_SYSTEM, SAFEDOCKER_PLACEHOLDER " cannot be made: %s", strerror(errno));
	return 0;
}

/* The engine's directories, now and, where systemd starts it, at each of its starts. */
static int see_to_trees(char *data_root, struct error *reterr)
{
	char mounts[] = SAFEDOCKER_MOUNTS, systemctl[] = "/usr/bin/systemctl", enable[] = "enable", unit[] = "safedocker-mounts.service";
	char *make[] = { mounts, data_root, NULL }, *always[] = { systemctl, enable, unit, NULL };
	bool systemd = access("/run/systemd/system", F_OK) == 0;
	struct buf out = buf_new(4096);
	int r = 0;

	if (systemd && capture(always, &out) != 0)
		r = error_set(reterr, ERR_SYSTEM, "%s cannot be enabled", unit);
	if (r == 0 && capture(make, &out) != 0)
		r = error_set(reterr, ERR_DENIED, "the engine's directories below %s cannot be made to follow no links while containers "
			      "run in them: stop the engine, call " SAFEDOCKER_MOUNTS ", start it, and say this again; until "
			      "then root = never", data_root);
	if (r == 0 && !systemd)
		(void)printf("no systemd here: see to it that " SAFEDOCKER_MOUNTS " %s runs before each start of the engine\n", data_root);
	buf_free(&out);
	return r;
}

static int try_it(struct error *reterr)
{
	struct passwd account;
	struct runtime_info info;
	const char *why_not = NULL;

	if (read_info(&info, &why_not, NULL) < 0)
		return error_set(reterr, ERR_ENGINE, "the engine does not say what it is");
	if (!info.can_map)
		return error_set(reterr, ERR_DENIED, "%s", why_not);
	if (!find_account(&account)) {
		(void)printf("registered; there is no login account with which it could be tried\n");
		return 0;
	}
	if (run_trial(&account, info.driver, reterr) < 0)
		return -1;
	(void)printf("registered, and tried: root in a container of %s is %s\n", account.pw_name, account.pw_name);
	return 0;
}

int register_runtime(bool as_default)
{
	struct config config = { .text = NULL };
	struct runtime_info info = { .registered = false };
	struct error why = { 0 };
	char *data_root = NULL;
	int changed = -1, r = -1;

	if (geteuid() != 0)
		return output_fail("register is for root: it changes " DAEMON_JSON);
	if (read_info(&info, NULL, &data_root) < 0 || data_root == NULL)
		(void)error_set(&why, ERR_ENGINE, "the engine does not answer");
	else if (check_host(&why) == 0 && see_to_trees(data_root, &why) == 0 && read_config(&config, &why) == 0)
		changed = change_config(config.root, as_default, &why);
	if (changed > 0 && write_config(&config, &why) < 0)
		changed = -1;
	/* It may say so already, and the engine may not have read it yet. */
	if (changed >= 0 && (changed > 0 || !info.registered || (as_default && !info.is_default)))
		r = read_again(&why) < 0 ? -1 : wait_for(true, as_default) ? 0 :
			error_set(&why, ERR_ENGINE, "the engine does not take it up: its own log says why");
	else if (changed == 0)
		r = 0;
	if (r == 0)
		r = try_it(&why);
	if (r < 0 && changed > 0)
		take_back(&config);
	json_decref(config.root);
	free(config.text);
	free(data_root);
	return r == 0 ? output_done(0) : output_fail("%s", why.text);
}
