-module(servercalls).
-behaviour(gen_server).
-export([run/1, init/1, handle_call/3, handle_cast/2]).

run(#{clients := Clients, calls := Calls}) ->
    {ok, Server} = gen_server:start(?MODULE, [], []),
    gen_server:call(Server, {add, 0}),
    Start = bench:now_ns(),
    Made = [spawn_monitor(fun() -> each(Server, 1, Calls) end) || _ <- lists:seq(1, Clients)],
    [receive {'DOWN', Ref, process, _, normal} -> ok end || {_, Ref} <- Made],
    Figure = bench:ns_each(Start, Clients * Calls),
    gen_server:stop(Server),
    Figure.

each(_, N, Last) when N > Last -> ok;
each(Server, N, Last) ->
    {sum, _} = gen_server:call(Server, {add, N}),
    each(Server, N + 1, Last).

init([]) -> {ok, 0}.

handle_call({add, N}, _From, Calls) -> {reply, {sum, N + 1}, Calls + 1}.

handle_cast(_, Calls) -> {noreply, Calls}.
