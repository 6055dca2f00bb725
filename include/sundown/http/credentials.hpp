#pragma once

#include <sundown/error.hpp>
#include <sundown/http/handler.hpp>

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Guards that let in who has a token or a key.
///
///     api.guarded_by(http::bearer_guard({{own.token, http::principal("deploy", {"write"})}}));
///     api.post("/orders", add_order).guarded_by(http::scope_guard("write"));
///
/// What they have found is the request's principal, for the guards behind them, the handler and hooks:
/// `request.get<http::principal>().name`. They hold for WebSockets as well: asked before the handshake.
namespace sundown::http {

/// Who was let in.
struct principal {
  principal() = default;
  explicit principal(std::string its_name, std::vector<std::string> its_scopes = {})
      : name(std::move(its_name)), scopes(std::move(its_scopes)) {}

  bool has(std::string_view scope) const { return std::find(scopes.begin(), scopes.end(), scope) != scopes.end(); }

  std::string name;
  std::vector<std::string> scopes;  ///< what it may do
};

/// A token or a key, and whose it is. Of one principal there may be several, while the old one runs out.
struct credential {
  credential(std::string its_secret, principal its_owner)
      : secret(std::move(its_secret)), owner(std::move(its_owner)) {}

  std::string secret;
  principal owner;
};

/// The service's own look-up of a token or a key: nothing, if there is none like it; an error is answered as that
/// (503). It compares in constant time, or looks for the hash of a secret that can't be guessed.
using credential_lookup = std::function<task<result<std::optional<principal>>>(std::string secret)>;

/// `Authorization: Bearer TOKEN` (RFC 6750). Without one 401 with `WWW-Authenticate: Bearer`; with one that is not
/// known 401 and `error="invalid_token"`; malformed 400 and `error="invalid_request"`. Compared in constant time, with
/// all that are known. Throws startup_error for a list that is empty, and for a secret that is there twice or is no
/// printable ASCII without spaces.
guard_function bearer_guard(std::vector<credential> known);
guard_function bearer_guard(credential_lookup look_up);

/// The same for a field that has nothing but the key, "X-API-Key"; without a good one 401 and `WWW-Authenticate:
/// ApiKey`. A shared cache keeps answers to such requests, unlike those to Authorization: add `Cache-Control: private`.
guard_function api_key_guard(std::string field_name, std::vector<credential> known);
guard_function api_key_guard(std::string field_name, credential_lookup look_up);

/// Behind one of the others: 403 with `error="insufficient_scope"` for a principal that doesn't have this scope.
guard_function scope_guard(std::string scope);

/// The token of `Authorization: Bearer`, with the scheme in any case; nothing if there is none, or more than one field.
std::optional<std::string_view> bearer_token(const request& asked);

}  // namespace sundown::http
