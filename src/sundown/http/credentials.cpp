#include <sundown/http/credentials.hpp>

#include "base/same_secret.hpp"

#include <boost/beast/core/string.hpp>

namespace sundown::http {

namespace {

/// Takes as long whichever it is.
const principal* find_owner(const std::vector<credential>& known, std::string_view secret) noexcept {
  const principal* owner = nullptr;
  for (const auto& each : known)
    if (base::is_same_secret(secret, each.secret)) owner = &each.owner;
  return owner;
}

bool is_secret(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

void check(const std::vector<credential>& known) {
  if (known.empty()) throw startup_error("a guard knows no token or key, and would let nobody in: configure one");
  for (std::size_t i = 0; i < known.size(); ++i) {
    const auto& [secret, owner] = known[i];
    const auto fault = [&](const char* why) {
      throw startup_error("the token or key of '" + owner.name + "' " + why + ": configure another one");
    };
    if (!is_secret(secret)) fault("must be printable ASCII without spaces");
    for (std::size_t j = 0; j < i; ++j)
      if (known[j].secret == secret) fault("is there twice");
  }
}

credential_lookup look_up_in(std::vector<credential> known) {
  check(known);
  // NOLINTNEXTLINE(cppcoreguidelines-avoid-capturing-lambda-coroutines): kept by the guard, and never suspended
  return [known = std::move(known)](std::string secret) -> task<result<std::optional<principal>>> {
    const auto* const owner = find_owner(known, secret);
    co_return owner ? std::optional(*owner) : std::nullopt;
  };
}

response refusal(unsigned status, std::string_view detail, std::string challenge) {
  return problem(status, detail).with("WWW-Authenticate", std::move(challenge));
}

task<std::optional<response>> judge(const request& asked, const credential_lookup& look_up, std::string secret,
                                    std::string challenge) {
  auto found = co_await look_up(std::move(secret));
  if (!found) co_return problem(found.error());
  if (!*found) co_return refusal(401, "This token or key is not known, or not any more.", std::move(challenge));
  asked.set(std::move(**found));
  co_return std::nullopt;
}

bool is_bearer(std::string_view credentials) {
  return boost::beast::iequals(credentials.substr(0, credentials.find(' ')), "Bearer");
}

}  // namespace

std::optional<std::string_view> bearer_token(const request& asked) {
  // The scheme in any case (RFC 9110 §11.1), spaces, a token (RFC 6750 §2.1), all in one field: two of them are none.
  auto given = asked[field::authorization];
  if (asked.count(field::authorization) != 1 || !is_bearer(given)) return std::nullopt;
  given.remove_prefix(std::min(given.find_first_not_of(' ', given.find(' ')), given.size()));
  if (!is_secret(given)) return std::nullopt;
  return given;
}

guard_function bearer_guard(credential_lookup look_up) {
  return [look_up = std::move(look_up)](const request& asked) {
    if (const auto token = bearer_token(asked))
      return judge(asked, look_up, std::string(*token), R"(Bearer error="invalid_token")");
    if (asked.count(field::authorization) > 1 || is_bearer(asked[field::authorization]))
      return detail::ready(refusal(400, "Authorization must be 'Bearer' and one token.",  //
                                   R"(Bearer error="invalid_request")"));
    return detail::ready(refusal(401, "Only with a bearer token.", "Bearer"));
  };
}

guard_function bearer_guard(std::vector<credential> known) { return bearer_guard(look_up_in(std::move(known))); }

guard_function api_key_guard(std::string field_name, credential_lookup look_up) {
  return [name = std::move(field_name), look_up = std::move(look_up)](const request& asked) {
    const auto key = asked.header(name);
    if (!key.empty()) return judge(asked, look_up, std::string(key), "ApiKey");
    return detail::ready(refusal(401, "Only with a key in the field " + name + ".", "ApiKey"));
  };
}

guard_function api_key_guard(std::string field_name, std::vector<credential> known) {
  return api_key_guard(std::move(field_name), look_up_in(std::move(known)));
}

guard_function scope_guard(std::string scope) {
  return [scope = std::move(scope)](const request& asked) {
    if (asked.get<principal>().has(scope)) return detail::ready(std::nullopt);
    return detail::ready(refusal(403, "This token or key may not do that: it lacks '" + scope + "'.",
                                 R"(Bearer error="insufficient_scope", scope=")" + scope + '"'));
  };
}

}  // namespace sundown::http
