// Has this thread signalled a condition since it last gave its processor away? Only then is it worth telling that it does:
// loops that wait by yielding do so a million times a second.
#pragma once

namespace tenter::hooks {

extern thread_local constinit bool has_signalled __attribute__((tls_model("initial-exec")));

}  // namespace tenter::hooks
