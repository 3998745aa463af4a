// Hands a function to threads of a library; with "race" the function writes one variable, else one each.
#include <stdio.h>
#include <string.h>

struct Pool;
struct Pool* pool_start(void (*function)(int));
void pool_join(struct Pool* pool);

static int results[4];
static int racy;

static void function(int number) { results[racy ? 0 : number] = number + 1; }

int main(int argc, char** argv) {
  racy = argc > 1 && !strcmp(argv[1], "race");
  pool_join(pool_start(function));
  printf("%d\n", results[0] != 0);
  return 0;
}
