-module(starting).
-behaviour(gen_server).
-export([run/1, init/1, handle_call/3, handle_cast/2]).

run(#{servers := Servers}) ->
    Start = bench:now_ns(),
    each(Servers),
    bench:ns_each(Start, Servers).

each(0) -> ok;
each(Left) ->
    {ok, Server} = gen_server:start_link(?MODULE, Left, []),
    ok = gen_server:stop(Server),
    each(Left - 1).

init(N) -> {ok, N}.

handle_call(_, _From, N) -> {reply, ok, N}.

handle_cast(_, N) -> {noreply, N}.
