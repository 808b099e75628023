/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * replay - every target over its seeds, and `whole` over the requests of the golden cases, without
 * libFuzzer. `replay TARGET FILE…` runs one target over given files.
 */
#include <dirent.h>
#include <string.h>

#include "common/buf.h"
#include "fuzz.h"

#define SEED_MAX (4 * 1024 * 1024)

static const struct target {
	const char *name;
	void (*run)(struct slice in);
} targets[] = {
#define TARGET(name) { #name, fuzz_##name },
#include "target.def"
};

#define N_TARGETS (sizeof(targets) / sizeof(targets[0]))

static int run_file(const struct target *t, const char *path)
{
	struct buf bytes = buf_new(SEED_MAX);
	FILE *f = fopen(path, "r");
	char *exact, *at;

	if (f == NULL)
		return -1;
	while ((at = buf_room(&bytes, 65536)) != NULL) {
		size_t n = fread(at, 1, 65536, f);

		buf_added(&bytes, n);
		if (n == 0)
			break;
	}
	(void)fclose(f);
	MUST(!bytes.failed);
	/* Exactly as long as the input: a byte read beyond it is seen by the sanitizer. */
	exact = malloc(bytes.len > 0 ? bytes.len : 1);
	MUST(exact != NULL);
	memcpy(exact, buf_slice(&bytes).p, bytes.len);
	t->run(slice_of(exact, bytes.len));
	free(exact);
	buf_free(&bytes);
	return 0;
}

/* Every file of the directory, or FILE in each of its directories; returns how many there were. */
static int run_directory(const struct target *t, const char *path, const char *file)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;
	int n = 0;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		char name[8192];

		(void)snprintf(name, sizeof(name), "%s/%s%s%s", path, entry->d_name, file != NULL ? "/" : "",
			       file != NULL ? file : "");
		if (entry->d_name[0] != '.' && run_file(t, name) == 0)
			n++;
	}
	if (dir != NULL)
		(void)closedir(dir);
	return n;
}

static int run_given(const char *name, char **files)
{
	for (size_t i = 0; i < N_TARGETS; i++)
		if (strcmp(targets[i].name, name) == 0) {
			for (; *files != NULL; files++)
				if (run_file(&targets[i], *files) < 0)
					perror(*files);
			return 0;
		}
	(void)fprintf(stderr, "no target %s\n", name);
	return 99;
}

int main(int argc, char **argv)
{
	const char *source = getenv("srcdir");
	char path[4096];

	if (argc > 1)
		return run_given(argv[1], argv + 2);
	source = source != NULL ? source : ".";
	for (size_t i = 0; i < N_TARGETS; i++) {
		int n;

		(void)snprintf(path, sizeof(path), "%s/tests/fuzz/seeds/%s", source, targets[i].name);
		n = run_directory(&targets[i], path, NULL);
		if (strcmp(targets[i].name, "whole") == 0) {
			(void)snprintf(path, sizeof(path), "%s/tests/cases", source);
			n += run_directory(&targets[i], path, "request");
		}
		(void)printf("%s: %d inputs\n", targets[i].name, n);
		if (n == 0)
			return 99;
	}
	return 0;
}
