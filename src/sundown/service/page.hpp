#pragma once

#include <sundown/http/request.hpp>
#include <sundown/http/response.hpp>

namespace sundown::serving {

/// GET / on the admin listener: page_text.hpp, one page that loads nothing from elsewhere and shows what /status/stream
/// tells. Its policy (CSP) lets nothing run or be loaded but what is in it. It holds no figure itself, so it is shown
/// to anybody.
http::response show_page(const http::request& asked);

}  // namespace sundown::serving
