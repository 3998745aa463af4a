// Included before hooks/annotations.cc where it is compiled for this folder: what has to be told to ThreadSanitizer too is defined
// in annotations.cc here, and calls what the recorder knows as tenter_... by these names.
#pragma once

#define tenter_acquire recorded_acquire
#define tenter_release recorded_release
#define tenter_name recorded_name
#define tenter_ignore_begin recorded_ignore_begin
#define tenter_ignore_end recorded_ignore_end
#define tenter_enter recorded_enter
#define tenter_leave recorded_leave
#define tenter_task_create recorded_task_create
#define tenter_task_switch recorded_task_switch
#define tenter_task_start recorded_task_start
#define tenter_task_end recorded_task_end
#define tenter_task_destroy recorded_task_destroy
#define tenter_task_stack recorded_task_stack
#define tenter_thread_is_worker recorded_thread_is_worker
#define tenter_current recorded_current
#define tenter_fresh_memory recorded_fresh_memory
#define tenter_lock_create recorded_lock_create
#define tenter_lock_destroy recorded_lock_destroy
#define tenter_lock_acquired recorded_lock_acquired
#define tenter_lock_releasing recorded_lock_releasing
#define tenter_cond_signal recorded_cond_signal
#define tenter_cond_woken recorded_cond_woken
#define tenter_once_begin recorded_once_begin
#define tenter_once_end recorded_once_end
#define tenter_once_pass recorded_once_pass
#define tenter_wait_group_create recorded_wait_group_create
#define tenter_wait_group_add recorded_wait_group_add
#define tenter_wait_group_pass recorded_wait_group_pass
#define tenter_sem_create recorded_sem_create
#define tenter_sem_post recorded_sem_post
#define tenter_sem_wait recorded_sem_wait
#define tenter_chan_make recorded_chan_make
#define tenter_chan_destroy recorded_chan_destroy
#define tenter_chan_send recorded_chan_send
#define tenter_chan_recv recorded_chan_recv
#define tenter_chan_park recorded_chan_park
#define tenter_chan_unpark recorded_chan_unpark
#define tenter_chan_done recorded_chan_done
#define tenter_chan_close recorded_chan_close
#define tenter_chan_timer_send recorded_chan_timer_send
#define tenter_handle_birth recorded_handle_birth
#define tenter_handle_death recorded_handle_death
