#pragma once

#include <boost/beast/http/verb.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace sundown::http::detail {

/// Where to find a request's path and query (RFC 9112 §3.2): the origin form, "*" of OPTIONS and the authority form of
/// CONNECT as they are, the absolute form without its scheme and authority. Null for what is none of these.
///
/// `target` consists of target characters and percent-encoded triplets. What the absolute form says of the authority
/// is checked and not used, nor is it compared with Host: this server has one (RFC 9112 §3.2.2).
std::optional<std::string_view> path_and_query(boost::beast::http::verb method, std::string_view target) noexcept;

/// RFC 9110 §7.2: a host name or address and perhaps a port; empty where the target has no authority.
bool is_host(std::string_view text) noexcept;

/// The one way of writing a path among those that RFC 3986 §6.2.2 calls equivalent: unreserved characters plain,
/// hexadecimal digits in upper case. "%2F" stays: it is no separator. Dot segments stay too.
std::string normal_path(std::string_view path);

}  // namespace sundown::http::detail
