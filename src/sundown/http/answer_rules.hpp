#pragma once

#include <sundown/http/response.hpp>

#include <exception>
#include <string_view>

namespace sundown::http::detail {

struct exchange;
struct worker_parts;
class session_status;

// What becomes of an answer before it is written, in every protocol.

/// RFC 9110 §8.6: no Content-Length in these.
constexpr bool has_no_body(unsigned status) noexcept { return status < 200 || status == 204 || status == 304; }

/// Gives the request its id, if it has none yet, and calls the hooks on answers. A status that is none is a handler's
/// fault; an answer that has no content loses it.
void prepare(response& given, exchange& current, worker_parts& parts, const session_status& status);

/// The same for the head of a stream, on which a fault of the handler is thrown.
void prepare_stream(response& head, const exchange& current);

void log_failure(std::string_view event, const exchange& current, const session_status& status,
                 const std::exception_ptr& why);

}  // namespace sundown::http::detail
