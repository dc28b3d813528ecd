// Package shortcut makes `nod code` and `nod status` as quick as an agent that runs
// can answer. Imported by main alone, for its effect.
//
// Go prepares every package that is linked into a program before main begins: tables,
// error values, registries. For all that nod can do this takes three times as long as
// the answer itself, and a status line asks each few seconds. So this package, which
// needs nothing but system calls and is therefore prepared among the first
// (The Go Programming Language Specification, "Package initialization"), hands the
// arguments to the agent, which runs the command with the code that every command
// runs (agent.Here) and sends back what it prints. When it has printed that, the program
// ends. In any other case nothing has happened and the program goes on as it always
// does: no agent, a locked one, one of another nod, an error of the command, a flag that
// wants the terminal. The order only decides how quick it is, not whether it is right.
//
// Linux only: elsewhere the package is empty.
package shortcut
