-module(machines).
-behaviour(gen_statem).
-export([run/1, init/1, callback_mode/0, off/3, on/3]).

run(#{calls := Calls}) ->
    {ok, Machine} = gen_statem:start(?MODULE, [], []),
    gen_statem:call(Machine, {push, 0}),
    Start = bench:now_ns(),
    each(Machine, 1, Calls),
    Figure = bench:ns_each(Start, Calls),
    gen_statem:stop(Machine),
    Figure.

each(_, N, Last) when N > Last -> ok;
each(Machine, N, Last) ->
    {pushed, _} = gen_statem:call(Machine, {push, N}, 5000),
    each(Machine, N + 1, Last).

init([]) -> {ok, off, 0}.

callback_mode() -> state_functions.

off({call, From}, {push, N}, Pushes) -> {next_state, on, Pushes + 1, [{reply, From, {pushed, N}}]}.

on({call, From}, {push, N}, Pushes) -> {next_state, off, Pushes + 1, [{reply, From, {pushed, N}}]}.
