// SPDX-License-Identifier: GPL-2.0-only
#include <stdint.h>
#include <stdio.h>
#include "rule/exe.h"
#include "program.h"

void program_text(const char program[PROGRAM_SIZE], char text[PROGRAM_TEXT_SIZE])
{
	int zeroes = 0;

	while (zeroes < PROGRAM_SIZE && !program[zeroes])
		zeroes++;
	snprintf(text, PROGRAM_TEXT_SIZE, "%s%.*s", zeroes ? "" : "...", PROGRAM_SIZE - zeroes, program + zeroes);
}

uint64_t program_id(const char program[PROGRAM_SIZE])
{
	char text[PROGRAM_TEXT_SIZE];

	program_text(program, text);
	return text[0] == '/' ? exe_id(text) : 0;
}
