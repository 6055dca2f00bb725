#pragma once

#include <boost/json.hpp>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace sundown::test {

/// config/openapi.yaml.
class api_description {
 public:
  struct operation {
    std::string method, path;  ///< "get", "/v1/orders/{id}"
    const boost::json::object* what;
  };

  explicit api_description(const std::filesystem::path& file);

  std::vector<operation> operations() const;
  /// Follows `$ref`.
  const boost::json::value& resolved(const boost::json::value& part) const;
  /// What is wrong with the value by that schema; "" if nothing is.
  std::string fault(const boost::json::value& schema, const boost::json::value& value) const;
  /// The first example in the file that its own schema refuses, and why; "" if there is none.
  std::string wrong_example() const;

 private:
  std::string wrong_example_in(const boost::json::value& part) const;

  boost::json::value whole_;
};

}  // namespace sundown::test
