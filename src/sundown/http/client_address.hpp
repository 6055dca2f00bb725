#pragma once

#include <string>
#include <string_view>

namespace sundown::http::detail {

struct exchange;

// Who asks, and by which URL, through the proxies that are trusted: what the accessors of http::request return. Without
// such proxies nothing is read or kept for it. Lifetime: until the exchange ends.

const std::string& client_address(const exchange& current);
std::string_view scheme_by_client(const exchange& current);
std::string_view host_by_client(const exchange& current);

}  // namespace sundown::http::detail
