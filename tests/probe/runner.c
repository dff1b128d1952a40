/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stands in for a program that runs WebAssembly: says what it was given and whether it can read the module, and what it
 * can do to the directory that it is in; ends with 7.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

static void read_module(const char *path)
{
	char text[4] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	printf("module %zd\n", fd < 0 ? -1 : read(fd, text, sizeof(text)));
}

static void try_to_change(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	printf("change %s %d\n", path, fd < 0 ? errno : 0);
}

int main(int argc, char **argv)
{
	for (int i = 0; i < argc; i++) {
		size_t len = strlen(argv[i]);

		printf("arg %s\n", argv[i]);
		if (len > 5 && strcmp(argv[i] + len - 5, ".wasm") == 0)
			read_module(argv[i]);
	}
	for (char **variable = environ; *variable != NULL; variable++)
		printf("env %s\n", *variable);
	try_to_change("/dev/.tare-handler/new");
	try_to_change("/dev/.tare-handler/wasmedge");
	return 7;
}
