// SPDX-License-Identifier: GPL-2.0-only
#include <stdint.h>
#include <string.h>
#include "rule/exe.h"
#include "program.h"

void program_text(const char program[PROGRAM_SIZE], char text[PROGRAM_TEXT_SIZE])
{
	size_t zeroes = 0;

	while (zeroes < PROGRAM_SIZE && !program[zeroes])
		zeroes++;
	if (!zeroes)
		text = stpcpy(text, "...");
	*stpncpy(text, program + zeroes, PROGRAM_SIZE - zeroes) = '\0';
}

uint64_t program_id(const char program[PROGRAM_SIZE])
{
	char text[PROGRAM_TEXT_SIZE];

	program_text(program, text);
	return text[0] == '/' ? exe_id(text) : 0;
}
