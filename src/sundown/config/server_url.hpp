#pragma once

#include <sundown/error.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sundown::configuration {

/// The URL of a server, taken apart: scheme://[user[:password]@]host[:port][,...][/path][?name=value[&...]].
struct server_url {
  struct option {
    std::string_view name, value;
  };

  std::string_view scheme;
  std::string_view user;
  std::optional<std::string_view> password;
  std::string_view hosts;                ///< with their ports
  std::optional<std::string_view> path;  ///< behind the slash
  std::vector<option> options;
};

/// What is wrong with a text that has white space or a control character, as the end of a sentence that starts with the
/// key; "" if it has none.
std::string_view white_space_fault(std::string_view text);

/// Strict, as RFC 3986 is: where a character that had to be percent-encoded is not, a part of the password may stand
/// anywhere, so such a text is refused as a whole. The views are into it. The error is the end of a sentence that
/// starts with the key, says what to mend and holds no part of the text.
result<server_url> split_url(std::string_view text);

/// The same for a storage server's: the path is a plain name.
result<server_url> split_server_url(std::string_view text);

/// mongodb, mongodb+srv, redis or rediss.
bool is_storage_scheme(std::string_view scheme);

/// It has one level, and no character that would show it to be, perhaps, options whose '?' was forgotten.
bool is_plain_name(std::string_view path);

/// One address: a name, an IPv4 or bracketed IPv6 address, a percent-encoded path of a Unix socket; with or without a
/// port from 1 to 65535.
bool is_host(std::string_view text);

/// The options' values are not to be shown: it may hold a password or a token.
bool is_secret_option(std::string_view name);

/// The option is one of MongoDB's and holds no secret. Any other may be the misspelled name of one that does.
bool may_be_shown(std::string_view option);

/// The options of a MongoDB URI that are in use.
const std::vector<std::string>& mongo_option_names();

/// Options' names are the same in upper and lower case.
bool same_name(std::string_view a, std::string_view b);

}  // namespace sundown::configuration
