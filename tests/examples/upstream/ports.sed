# Ports of the test's choice in place of the example's own. With sed -zE.
s/(#define PORT +|"listening_ports",\s*)"[^"]*"/\1example_ports/g
