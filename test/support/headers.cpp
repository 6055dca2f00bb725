// Nothing but the headers that CMake has precompiled for the tests.
