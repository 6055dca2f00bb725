// config/openapi.yaml held against the router of the sample.
#include "app/described.hpp"

#include <sundown/http/router.hpp>

#include <gmock/gmock.h>

#include <algorithm>
#include <set>
#include <string>

namespace sundown::app {
namespace {

using ::testing::IsSubsetOf;

class OpenApi : public described_sample {
 protected:
  OpenApi() {
    start({}, [this](service& made, const settings& given) {
      build(made, given);
      routes = &made.routes();
    });
  }

  static std::string name(std::string_view method, std::string_view path) {
    return std::string(method) + ' ' + std::string(path);
  }
  /// The route that answers an operation, if there is one.
  const http::route* route_of(const operation& one) const {
    const auto route = std::ranges::find_if(routes->routes(), [&](const auto& each) {
      const auto method = lower(to_string(each->method));
      return each->pattern == one.path && (method == one.method || (method == "get" && one.method == "head"));
    });
    return route == routes->routes().end() ? nullptr : route->get();
  }

  const http::router* routes = nullptr;
};

// openapi.yaml has every route of the service, with HEAD beside each GET and OPTIONS on each path, and nothing else.
TEST_F(OpenApi, HasEveryRoute) {
  std::set<std::string> served, listed;
  for (const auto& route : routes->routes()) {
    const auto method = lower(to_string(route->method));
    served.insert(name(method, route->pattern));
    if (method == "get") served.insert(name("head", route->pattern));
    served.insert(name("options", route->pattern));
  }
  for (const auto& one : operations()) listed.insert(name(one.method, one.path));
  EXPECT_EQ(listed, served);
}

// Each operation has an id of its own and the answers that any request can get, those to what a route asks of a
// request, and a description of all others.
TEST_F(OpenApi, HasTheAnswersThatEveryRouteGives) {
  std::set<std::string> ids;
  for (const auto& one : operations()) {
    std::set<std::string> wanted{"400", "408", "413", "414", "431", "500", "503", "default"}, listed;
    const auto* route = route_of(one);
    if (route) wanted.insert("429");
    if (route && !route->options.accepts.empty()) wanted.insert({"411", "415", "422"});
    if (route && one.path.find('{') != std::string::npos) wanted.insert("404");
    if (route && one.path.starts_with("/v1/")) wanted.insert("412");
    if (one.path.starts_with("/v1/") && (one.method == "get" || one.method == "head")) wanted.insert("304");
    for (const auto& answer : one.what->at("responses").as_object()) {
      listed.insert(answer.key());
      const auto& described = api.resolved(answer.value()).as_object();
      EXPECT_TRUE(described.at("headers").as_object().contains("X-Request-Id")) << one.path << ' ' << answer.key();
    }
    EXPECT_THAT(wanted, IsSubsetOf(listed)) << name(one.method, one.path);
    EXPECT_TRUE(ids.insert(std::string(one.what->at("operationId").as_string())).second) << one.path;
  }
}

// The examples and defaults in it are what their own schemas ask for.
TEST_F(OpenApi, HasValidExamples) { EXPECT_EQ(api.wrong_example(), ""); }

}  // namespace
}  // namespace sundown::app
