// A library in several editions, which differ in the names of their functions only.
#define JOIN2(a, b) a##b
#define JOIN(a, b) JOIN2(a, b)

int plugin_value;

__attribute__((noinline)) void JOIN(function_, NUMBER)(int value) { plugin_value = value; }
void plugin_write(int value) { JOIN(function_, NUMBER)(value); }
