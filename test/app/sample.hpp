#pragma once

#include "app/service.hpp"

#include <sundown/stop/report.hpp>
#include <sundown/testing/googletest.hpp>
#include <sundown/testing/in_process.hpp>
#include <sundown/testing/temp_dir.hpp>

#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace sundown::app {

/// The parts that were closed, in this order.
inline std::vector<std::string> closed_by(const stop::report& report) {
  std::vector<std::string> names;
  for (const auto& each : report.closers)
    if (each.result == stop::closer_result::outcome::closed) names.push_back(each.name);
  return names;
}

/// The sample in this process, with a directory of its own for all that it keeps in files.
class sample : public ::testing::Test {
 protected:
  using settings_map = std::map<std::string, std::string>;

  /// Starts it anew, on the same files; or what another function builds.
  testing::in_process& start(settings_map settings = {},
                             std::function<void(service&, const app::settings&)> builder = build) {
    running_.reset();
    const auto keys = own_keys();
    for (const auto& key : keys.erased().keys())
      if (key.leaf() == "path") settings.emplace(key.name, file(key.name));
    return running_.emplace(program("sundown", SUNDOWN_VERSION), keys, std::move(builder),
                            testing::in_process_options{.settings = settings});
  }
  testing::in_process& app() { return running_ ? *running_ : start(); }
  /// The file that a key names: "storage.sqlite.path".
  std::string file(const std::string& key) const { return (directory_ / key).string(); }

  /// A request on a connection of its own. A body is JSON, if the fields don't say something else.
  testing::reply send(const std::string& method, const std::string& target, const std::string& fields = {},
                      const std::string& body = {}) {
    const bool is_json = !body.empty() && fields.find("Content-Type") == fields.npos;
    return send_plain(method, target, fields + (is_json ? "Content-Type: application/json\r\n" : ""), body);
  }
  /// With these fields, Host and Content-Length alone.
  testing::reply send_plain(const std::string& method, const std::string& target, const std::string& fields,
                            const std::string& body) {
    return send_to(app().http(), method, target, fields, body);
  }
  testing::reply send_admin(const std::string& method, const std::string& target, const std::string& fields = {}) {
    return send_to(app().admin(), method, target, fields, {});
  }

 private:
  static testing::reply send_to(const testing::endpoint& where, const std::string& method, const std::string& target,
                                const std::string& fields, const std::string& body) {
    std::string request = method + ' ' + target + " HTTP/1.1\r\nHost: test\r\nConnection: close\r\n" + fields;
    if (!body.empty()) request += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    testing::raw_client client;
    if (client.connect(where) != testing::connecting::connected) throw std::runtime_error("connect");
    client.send(request + "\r\n" + body);
    return client.read_response(testing::ample, method == "HEAD");
  }

  testing::temp_dir directory_{testing::data_directory()};
  std::optional<testing::in_process> running_;
};

}  // namespace sundown::app
