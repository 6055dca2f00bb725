#include <sundown/mongodb.hpp>

#include "config/server_url.hpp"
#include "storage/mongodb/driver.hpp"

#include <algorithm>

namespace sundown::mongodb {

namespace {

// Codes of the server; https://github.com/mongodb/mongo/blob/master/src/mongo/base/error_codes.yml
constexpr std::uint32_t unauthorized = 13, authentication_failed = 18, max_time_expired = 50, write_concern_failed = 64,
                        user_writes_blocked = 371, too_large = 10334, duplicate_key = 11000, out_of_disk_space = 14031;

bool in(const bson_error_t& failed, std::uint32_t domain) { return failed.domain == domain; }

bool from_server(const bson_error_t& failed, std::uint32_t code) {
  return (in(failed, MONGOC_ERROR_SERVER) || in(failed, MONGOC_ERROR_WRITE_CONCERN)) && failed.code == code;
}

/// The server was stopping, or no longer the primary, in the middle of it.
bool means_interrupted(const bson_error_t& failed) {
  for (const std::uint32_t code : {91U, 189U, 262U, 11600U, 11602U})
    if (from_server(failed, code)) return true;
  return false;
}

/// By neither a user nor a certificate.
bool is_anonymous(const std::string& uri) {
  const auto url = configuration::split_server_url(uri);
  return url && url->user.empty() && std::ranges::none_of(url->options, [](const auto& each) {
           return configuration::same_name(each.name, MONGOC_URI_AUTHMECHANISM);
         });
}

/// A state of the server rather than of one operation; in our words, since the server quotes the command, and data with
/// it.
std::string refusal(const bson_error_t& failed, const options& configured, const std::string& database) {
  const auto& uri_key = configured.uri_key;
  if (from_server(failed, unauthorized) && is_anonymous(configured.uri))
    return "it asks for a user (Unauthorized), and " + uri_key +
           " has none: mongodb://user:password@host/database?authSource=admin";
  if (from_server(failed, unauthorized))
    return "it refuses our user what was asked (Unauthorized): give the user in " + uri_key +
           " the role readWrite on database " + database;
  if (from_server(failed, out_of_disk_space)) return "its disk is full (OutOfDiskSpace)";
  if (from_server(failed, user_writes_blocked)) return "it takes no writes (UserWritesBlocked)";
  return {};
}

std::string one_line(std::string text) {
  std::ranges::replace(text, '\n', ' ');
  return text;
}

bool means_locked_out(const bson_error_t& failed) {
  return (in(failed, MONGOC_ERROR_CLIENT) && failed.code == MONGOC_ERROR_CLIENT_AUTHENTICATE) ||
         from_server(failed, authentication_failed);
}

}  // namespace

// Without a connection nothing was asked; once there is one, the question may have arrived.
bool is_lost_answer(const bson_error_t& failed) {
  if (in(failed, MONGOC_ERROR_PROTOCOL)) return true;
  return in(failed, MONGOC_ERROR_STREAM) && failed.code != MONGOC_ERROR_STREAM_CONNECT &&
         failed.code != MONGOC_ERROR_STREAM_NAME_RESOLUTION && failed.code != MONGOC_ERROR_STREAM_NOT_ESTABLISHED;
}

bool is_duplicate_key(const bson_error_t& failed) { return from_server(failed, duplicate_key); }

std::chrono::milliseconds connection::remaining() const noexcept {
  const auto left = std::chrono::floor<std::chrono::milliseconds>(deadline_ - std::chrono::steady_clock::now());
  return std::max(left, std::chrono::milliseconds(1));
}

error connection::fault(const bson_error_t& failed, access kind) {
  const std::string said = static_cast<const char*>(failed.message);
  const std::string unknown = kind == access::write ? "; the outcome is unknown" : "";
  if (means_locked_out(failed)) {
    locked_out_ = "the server refuses our user (" + one_line(said) +
                  "): check user, password, authSource and authMechanism in " + configured_.uri_key;
    return {errc::unavailable, locked_out_};
  }
  if (is_lost_answer(failed)) {
    // The driver has one text for both; and its timer may end a little before ours.
    const bool too_late = std::chrono::steady_clock::now() - begun_ >= attempt_ * 9 / 10;
    if (!too_late) return {errc::unavailable, "the connection broke (" + said + ")" + unknown};
    return {errc::timed_out, "no answer within " + std::to_string(attempt_.count()) + " ms (" + said + ")" + unknown};
  }
  // Done on one server, but not told by as many as were asked for.
  if (in(failed, MONGOC_ERROR_WRITE_CONCERN) || from_server(failed, write_concern_failed))
    return {errc::timed_out, "the write was not confirmed in time (" + said + ")" + unknown};
  if (from_server(failed, max_time_expired)) return {errc::timed_out, said + unknown};
  if (means_interrupted(failed)) return {errc::unavailable, said + unknown};
  if (refused_ = refusal(failed, configured_, database_); !refused_.empty()) return {errc::unavailable, refused_};
  if (from_server(failed, too_large) || in(failed, MONGOC_ERROR_BSON))
    return {errc::invalid, said, advice("It is too large to be stored.")};
  return {errc::unavailable, said};
}

}  // namespace sundown::mongodb
