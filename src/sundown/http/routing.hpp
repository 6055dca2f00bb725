#pragma once

#include <cstdint>

namespace sundown::http::detail {

struct exchange;
struct worker_parts;
class session_status;

/// What becomes of a request once its head is there: its route, or a refusal. The same in every protocol.
///
/// True where what follows in the connection can be no request of HTTP/1: the refusal is its last answer.
bool find_route(exchange& current, const worker_parts& parts, session_status& status);

/// The largest body that the request may have.
std::uint64_t body_limit(const exchange& current, const worker_parts& parts) noexcept;

/// Refuses a request whose body is larger, by what its head says.
void refuse_body(exchange& current, std::uint64_t limit);

}  // namespace sundown::http::detail
