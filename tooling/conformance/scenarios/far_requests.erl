%% Requests and calls to many nodes, over connections that are lost. The server is that of requests.erl.
-module(far_requests).
-compile(export_all).

%% On other nodes the same server, under the name `here`.
start_there(Short) ->
    {ok, _} = peers:call(Short, gen_server, start, [{local, here}, requests, [], []]),
    peers:connect(Short).

many_nodes_answer_each_for_itself() ->
    requests:start(a, here),
    B = start_there(b),
    O = peers:connect(o),
    Nodes = [node(), B, O, 'nowhere@127.0.0.9'],
    {Replies, Bad} = gen_server:multi_call(Nodes, here, {double, 4}, 2000),
    t:emit(replies, [Value || {_, Value} <- Replies]),
    t:emit(bad, length(Bad)),
    t:emit(said, gen_server:abcast(Nodes, here, {note, self()})),
    t:emit(noted, [receive noted -> noted after 2000 -> nothing end || _ <- [1, 2]]),
    t:emit(then, t:quiet()),
    ok = gen_server:stop({here, B}).

many_nodes_that_are_lost_are_bad_at_once() ->
    B = start_there(b),
    Main = self(),
    Ask = fun() -> Main ! {outcome, gen_server:multi_call([B], here, keep, 3000), t:collect()} end,
    t:label(caller, spawn(Ask)),
    timer:sleep(50),
    Since = erlang:monotonic_time(millisecond),
    peers:cut(b),
    receive {outcome, {Replies, Bad}, Left} -> t:emit(lost, [Replies, length(Bad), Left]) end,
    t:emit(at_once, t:elapsed(Since) < 1000),
    peers:connect(b),
    ok = gen_server:stop({here, B}).

a_response_comes_when_the_connection_is_lost() ->
    B = start_there(b),
    One = gen_server:send_request({here, B}, keep),
    t:emit(waiting, requests:show(gen_server:wait_response(One, 20))),
    peers:cut(b),
    t:emit(lost, requests:show(gen_server:wait_response(One, 1000))),
    peers:connect(b),
    gen_server:cast({here, B}, {release, late}),
    t:emit(doubled, requests:call({here, B}, {double, 2})),
    t:emit(then, t:quiet()),
    ok = gen_server:stop({here, B}).
