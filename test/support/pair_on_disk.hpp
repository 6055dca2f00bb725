#pragma once

#include "support/testing.hpp"
#include "wire/certificates.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <utility>

namespace sundown::test {

/// A pair in a folder of the test, and the settings that name it.
class pair_on_disk {
 public:
  explicit pair_on_disk(const certificate& own = certificate()) { put(own); }

  void put(const certificate& own) {
    for (const auto& [path, bytes] : {std::pair{crt(), own.pem()}, std::pair{key(), own.key_pem()}}) {
      const auto next = path + ".next";
      write_file(next, bytes);
      std::filesystem::rename(next, path);
    }
  }
  std::string crt() const { return (folder_ / "tls.crt").string(); }
  std::string key() const { return (folder_ / "tls.key").string(); }
  std::map<std::string, std::string> of_http(std::map<std::string, std::string> more = {}) const {
    more.insert({{"SUNDOWN_HTTP__TLS__CERTIFICATE", crt()},
                 {"SUNDOWN_HTTP__TLS__KEY", key()},
                 {"SUNDOWN_HTTP__TLS__PORT", "0"}});
    return more;
  }
  std::map<std::string, std::string> of_admin(std::map<std::string, std::string> more = {}) const {
    more.insert({{"SUNDOWN_ADMIN__TLS__CERTIFICATE", crt()}, {"SUNDOWN_ADMIN__TLS__KEY", key()}});
    return more;
  }

 private:
  temp_dir folder_;
};

}  // namespace sundown::test
