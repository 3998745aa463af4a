#pragma once
#ifdef __cplusplus
extern "C" {
#endif
extern long total;
void count_one(void);
#ifdef __cplusplus
}
#endif
