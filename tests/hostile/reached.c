/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * reached - for scripts/coverage alone, in no build that is installed: the compiler calls
 * __sanitizer_cov_trace_pc() at the beginning of each basic block, and it is noted in a file mapped before main().
 * From then on no system call is made for it, so that the helper's own lists hold as they are, and what a killed
 * worker did is noted as well. REACHED.helper, REACHED.auth and REACHED.record are those files' names, of as many bytes as
 * the program may have of text.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

extern const char __executable_start[], etext[];

static unsigned char *reached;

void __sanitizer_cov_trace_pc(void);

void __sanitizer_cov_trace_pc(void)
{
	if (reached != NULL)
		reached[(const char *)__builtin_return_address(0) - __executable_start] = 1;
}

/* The other programs of the build are called the same way, and have no such file. */
__attribute__((constructor)) static void begin(void)
{
	static const char before[] = "/safedocker-";
	char name[4096], path[sizeof(name) + sizeof(REACHED)];
	ssize_t n = readlink("/proc/self/exe", name, sizeof(name) - 1);
	const char *program;
	struct stat st;
	void *map;
	int fd;

	name[n > 0 ? n : 0] = '\0';
	program = strrchr(name, '/');
	if (program == NULL || strncmp(program, before, sizeof(before) - 1) != 0)
		return;
	(void)snprintf(path, sizeof(path), "%s.%s", REACHED, program + sizeof(before) - 1);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && st.st_size >= etext - __executable_start) {
		map = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		if (map != MAP_FAILED)
			reached = map;
	}
	(void)close(fd);
}
