// Uses a header of Sundown's and something that is compiled in its libraries.
#include <sundown/error.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <iostream>

sundown::result<boost::json::value> parsed(std::string_view text) {
  boost::system::error_code ec;
  auto value = boost::json::parse(text, ec);
  if (ec) return sundown::error{sundown::errc::invalid, ec.message()};
  return value;
}

int main() {
  const auto good = parsed(R"({"installed":true})"), bad = parsed("{");
  if (!good || bad) return 1;
  std::cout << boost::json::serialize(*good) << '\n';
}
