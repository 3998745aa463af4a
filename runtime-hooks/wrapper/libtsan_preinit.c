/* Linked by gcc in the place of ThreadSanitizer's own start-up object. The recorder needs none. */
typedef int tenter_nothing_to_do_before_start;
