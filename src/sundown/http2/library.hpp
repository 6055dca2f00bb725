#pragma once

#include <nghttp2/nghttp2.h>

#include <cstddef>
#include <memory>

namespace sundown::http2 {

class block_pool;
class session;

struct session_deleter {
  void operator()(nghttp2_session* made) const noexcept { nghttp2_session_del(made); }
};
using library_session = std::unique_ptr<nghttp2_session, session_deleter>;

/// What of nghttp2 and its callbacks a connection needs. Throws std::bad_alloc.
library_session make_library_session(session& owner, block_pool& memory);

/// The body of a stream's answer, for nghttp2 to ask for.
nghttp2_data_provider answer_source() noexcept;

}  // namespace sundown::http2
