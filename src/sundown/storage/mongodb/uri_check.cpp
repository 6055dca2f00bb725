#include "storage/mongodb/uri_check.hpp"

#include <sundown/mongodb.hpp>

#include "config/server_url.hpp"
#include "config/suggest.hpp"
#include "storage/mongodb/driver.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string_view>
#include <system_error>

namespace sundown::mongodb {

namespace {

using configuration::same_name;
using configuration::server_url;

constexpr std::string_view mechanisms[] = {"MONGODB-AWS", "MONGODB-X509", "GSSAPI",
                                           "PLAIN",       "SCRAM-SHA-1",  "SCRAM-SHA-256"};
constexpr std::string_view mechanism_properties[] = {"SERVICE_NAME", "SERVICE_REALM", "CANONICALIZE_HOST_NAME",
                                                     "AWS_SESSION_TOKEN"};
constexpr std::string_view read_concerns[] = {"local", "available", "majority", "linearizable", "snapshot"};
/// Waits: less than a millisecond is without end to the driver, and then to a stop too.
constexpr const char* waits[] = {MONGOC_URI_CONNECTTIMEOUTMS, MONGOC_URI_SOCKETTIMEOUTMS,
                                 MONGOC_URI_SERVERSELECTIONTIMEOUTMS, MONGOC_URI_WAITQUEUETIMEOUTMS};
constexpr const char* file_options[] = {MONGOC_URI_TLSCAFILE, MONGOC_URI_TLSCERTIFICATEKEYFILE};

bool is_one_of(std::string_view text, const auto& all) { return std::ranges::find(all, text) != std::end(all); }

bool is_srv(const server_url& url) { return url.scheme == "mongodb+srv"; }

using native_uri = handle<mongoc_uri_t, mongoc_uri_destroy>;

/// What the driver has against a URI, in its own words.
std::string driver_fault(const std::string& uri, bool with_pool) {
  const captured_log log;
  bson_error_t failed{};
  const native_uri native(mongoc_uri_new_with_error(uri.c_str(), &failed));
  bool taken = bool(native);
  if (taken && with_pool) {
    const handle<mongoc_client_pool_t, mongoc_client_pool_destroy> pool(
        mongoc_client_pool_new_with_error(native.get(), &failed));
    taken = bool(pool);
  }
  std::string out;
  for (const auto& line : log.warnings()) out += (out.empty() ? "" : "; ") + line;
  if (!taken) out += (out.empty() ? "" : "; ") + std::string(static_cast<const char*>(failed.message));
  std::ranges::replace(out, '\n', ' ');
  return out;
}

/// The option's name alone decides.
bool driver_knows(std::string_view option) {
  const auto said = driver_fault("mongodb://host/?" + std::string(option) + "=1", false);
  return said.find("Unsupported URI option") == said.npos;
}

/// By its place, not by its name: that may be what an unescaped '&' has cut off a secret.
std::string unknown_option(const server_url& url) {
  for (std::size_t i = 0; i < url.options.size(); ++i) {
    const auto name = url.options[i].name;
    if (driver_knows(name)) continue;
    return "has an unknown option, the one at place " + std::to_string(i + 1) + " behind the '?'" +
           configuration::did_you_mean(name, configuration::mongo_option_names(), ".");
  }
  return {};
}

/// "NAME:value,NAME:value", with names that exist.
bool are_properties(std::string_view text) {
  for (std::size_t from = 0; from <= text.size();) {
    const auto to = std::min(text.find(',', from), text.size());
    const auto one = text.substr(from, to - from);
    const auto colon = one.find(':');
    if (colon == one.npos || !is_one_of(one.substr(0, colon), mechanism_properties)) return false;
    from = to + 1;
  }
  return true;
}

/// The same URI with its secrets replaced: what the driver says of it can be told.
std::string stand_in(const server_url& url) {
  std::string out = std::string(url.scheme) + "://";
  if (!url.user.empty() || url.password) {
    if (!url.user.empty()) out += "user";
    if (url.password) out += ":password";
    out += '@';
  }
  out += url.hosts;
  if (url.path) out += '/' + std::string(*url.path);
  char before = '?';
  for (const auto& [name, value] : url.options) {
    const bool secret = configuration::is_secret_option(name);
    const bool properties = same_name(name, MONGOC_URI_AUTHMECHANISMPROPERTIES);
    out += before + std::string(name) + '=';
    out += properties ? "SERVICE_NAME:x" : secret && !value.empty() ? "x" : std::string(value);
    before = '&';
  }
  return out;
}

/// Why the driver does not take the URI, or a pool of it.
std::string driver_refusal(const server_url& url, const std::string& uri, bool with_pool) {
  if (driver_fault(uri, with_pool).empty()) return {};
  const auto told = driver_fault(stand_in(url), with_pool);
  if (!told.empty()) return "is refused by the driver: " + told;
  return "has a user, a password or an option with a secret in it that the driver can't read; percent-encode the "
         "characters : / ? # [ ] @ % in them";
}

std::string authentication_fault(const server_url& url) {
  std::string_view mechanism;
  for (const auto& [name, value] : url.options) {
    if (same_name(name, MONGOC_URI_AUTHMECHANISM)) mechanism = value;
    if (same_name(name, MONGOC_URI_AUTHMECHANISMPROPERTIES) && !are_properties(value))
      return "has authMechanismProperties that are not NAME:value,NAME:value with names that exist";
  }
  if (!mechanism.empty() && !is_one_of(mechanism, mechanisms))
    return "has an authMechanism that does not exist; it must be SCRAM-SHA-256, SCRAM-SHA-1, MONGODB-X509, "
           "MONGODB-AWS, PLAIN or GSSAPI";
  const bool anonymous = url.user.empty();
  if (anonymous && (mechanism.starts_with("SCRAM") || mechanism == "PLAIN" || mechanism == "GSSAPI"))
    return "has an authMechanism that needs a user, and none";
  const bool needs_password = mechanism != "MONGODB-X509" && mechanism != "GSSAPI";
  if (!anonymous && needs_password && !url.password) return "has a user without a password";
  return {};
}

/// The driver's own getter takes 0 for "not set".
bool is_below_one(const mongoc_uri_t* uri, const char* option) {
  bson_iter_t value;
  const auto* const options = mongoc_uri_get_options(uri);
  return options && bson_iter_init_find_case(&value, options, option) && BSON_ITER_HOLDS_INT32(&value) &&
         bson_iter_int32(&value) < 1;
}

constexpr const char* no_number_of_servers = "has a w that is no number of servers";

/// A w that begins as a number is one; any other is a tag.
bool is_broken_number(std::string_view w) {
  if (w.find_first_of("+-0123456789") != 0) return false;
  std::int32_t servers = 0;
  const auto* const end = w.data() + w.size();
  const auto [rest, bad] = std::from_chars(w.data(), end, servers);
  return bad != std::errc{} || rest != end || servers < 0;
}

/// What each version of the driver reads in its own way, tells in its own words, or takes for something else.
std::string text_fault(const server_url& url) {
  if (!url.path && !url.options.empty())
    return "has options without a '/' in front of their '?', as in mongodb://host/?name=value";
  if (url.path && !driver_fault("mongodb://host/" + std::string(*url.path), false).empty())
    return "has a database name that there can't be: none has a space or one of / \\ . \" $";
  for (const auto& [name, value] : url.options) {
    // The empty set of tags is the server of any.
    if (value.empty() && !same_name(name, MONGOC_URI_READPREFERENCETAGS))
      return "has the option " + std::string(name) + " without a value";
    if (same_name(name, MONGOC_URI_W) && is_broken_number(value)) return no_number_of_servers;
  }
  return {};
}

/// The same of a w whose digits are percent-encoded.
std::string misread_fault(const server_url& url, const mongoc_write_concern_t* writes) {
  const auto servers = mongoc_write_concern_get_w(writes);
  const auto* const tag = mongoc_write_concern_get_wtag(writes);
  if (tag && is_broken_number(tag)) return no_number_of_servers;
  for (const auto& [name, value] : url.options)
    if (same_name(name, MONGOC_URI_W) && servers > 0 && std::to_string(servers) != value) return no_number_of_servers;
  return {};
}

/// The driver's rule, which it applies only when it chooses a server.
std::string staleness_fault(const mongoc_uri_t* uri) {
  constexpr std::int64_t least = 90, idle_write_period = 10;
  const auto given = mongoc_read_prefs_get_max_staleness_seconds(mongoc_uri_get_read_prefs_t(uri));
  if (given == MONGOC_NO_MAX_STALENESS) return {};
  const auto heartbeat_ms = mongoc_uri_get_option_as_int32(uri, MONGOC_URI_HEARTBEATFREQUENCYMS, 0);
  if (given >= least && given * 1000 >= heartbeat_ms + idle_write_period * 1000) return {};
  return "has a maxStalenessSeconds below what the driver takes: 90, and heartbeatFrequencyMS and 10 s";
}

#ifdef MONGOC_ENABLE_SSL
/// The driver reads the files when it prepares a connection for TLS: here one that is never opened.
bool takes_tls_files(const char* authorities, const char* certificate, const char* password) {
  const captured_log silent;
  mongoc_ssl_opt_t files = *mongoc_ssl_opt_get_default();
  files.ca_file = authorities;
  files.pem_file = certificate;
  files.pem_pwd = password ? password : "";  // without one OpenSSL would ask a terminal
  auto* const unopened = mongoc_stream_socket_new(mongoc_socket_new(AF_INET, SOCK_STREAM, 0));
  auto* const prepared = mongoc_stream_tls_new_with_hostname(unopened, "localhost", &files, 1);
  mongoc_stream_destroy(prepared ? prepared : unopened);
  return prepared != nullptr;
}
#endif

std::string tls_fault(const mongoc_uri_t* uri) {
  for (const auto* name : file_options) {
    const auto* const path = mongoc_uri_get_option_as_utf8(uri, name, nullptr);
    if (path && ::access(path, R_OK) != 0) return "has a " + std::string(name) + " that can't be read";
  }
#ifdef MONGOC_ENABLE_SSL
  const auto* const authorities = mongoc_uri_get_option_as_utf8(uri, MONGOC_URI_TLSCAFILE, nullptr);
  if (authorities && !takes_tls_files(authorities, nullptr, nullptr))
    return "has a tlsCAFile in which the driver finds no certificate (PEM)";
  const auto* const certificate = mongoc_uri_get_option_as_utf8(uri, MONGOC_URI_TLSCERTIFICATEKEYFILE, nullptr);
  const auto* const password = mongoc_uri_get_option_as_utf8(uri, MONGOC_URI_TLSCERTIFICATEKEYFILEPASSWORD, nullptr);
  if (certificate && !takes_tls_files(nullptr, certificate, password))
    return "has a tlsCertificateKeyFile in which the driver finds no certificate with its key (PEM), or whose "
           "tlsCertificateKeyFilePassword is another";
#endif
  return {};
}

/// What the driver takes, and we or the server do not.
std::string setting_fault(const server_url& url, const mongoc_uri_t* uri) {
  const auto* const writes = mongoc_uri_get_write_concern(uri);
  if (!mongoc_write_concern_is_acknowledged(writes))
    return "asks for writes that the server does not confirm (w=0), but clients are promised that they are stored";
  if (auto fault = misread_fault(url, writes); !fault.empty()) return fault;
  for (const auto* name : waits)
    if (is_below_one(uri, name))
      return "has a " + std::string(name) + " below 1: a wait without end would hold up the stop";
  if (is_below_one(uri, MONGOC_URI_MAXPOOLSIZE)) return "has a maxPoolSize below 1";
  const auto* const concern = mongoc_read_concern_get_level(mongoc_uri_get_read_concern(uri));
  if (concern && !is_one_of(std::string_view(concern), read_concerns))
    return "has a readConcernLevel that does not exist";
  if (auto fault = staleness_fault(uri); !fault.empty()) return fault;
  return tls_fault(uri);
}

}  // namespace

std::string check_uri(const std::string& uri) {
  start_driver();
  const auto url = configuration::split_server_url(uri);
  if (!url) return url.error().detail;
  if (!url->scheme.starts_with("mongodb"))
    return "is no MongoDB URI: it begins with neither mongodb:// nor mongodb+srv://";
  if (auto fault = unknown_option(*url); !fault.empty()) return fault;
  if (auto fault = authentication_fault(*url); !fault.empty()) return fault;
  if (auto fault = text_fault(*url); !fault.empty()) return fault;
  if (auto fault = driver_refusal(*url, uri, false); !fault.empty()) return fault;
  {
    const captured_log silent;
    const native_uri native(mongoc_uri_new(uri.c_str()));
    if (!native) return "is refused by the driver";
    if (auto fault = setting_fault(*url, native.get()); !fault.empty()) return fault;
  }
  // The pool of a mongodb+srv host would look names up.
  return is_srv(*url) ? "" : driver_refusal(*url, uri, true);
}

}  // namespace sundown::mongodb
