%% Functions called on other nodes, and on one's own. Those that are called stand in this module, too.
-module(erpc_calls).
-compile(export_all).

double(N) -> 2 * N.
fail() -> error(broken).
toss(What) -> throw(What).
leave(Reason) -> exit(Reason).
die(Reason) -> exit(self(), Reason), receive never -> ok end.
hang() -> receive never -> ok end.
slow(Ms, Value) -> timer:sleep(Ms), Value.
leader() -> group_leader().
me() -> self().
tell(To, What) -> To ! What.

how(Fun) ->
    try [value, Fun()]
    catch
        error:{exception, undef, _} -> [undefined];
        error:{exception, Reason, _} -> [error, Reason];
        throw:Thrown -> [throw, Thrown];
        exit:{exception, Reason} -> [exit, Reason];
        exit:{signal, Reason} -> [signal, Reason];
        error:{erpc, Reason} -> [erpc, Reason]
    end.

%% Of a response.
show({response, Value}) -> [value, Value];
show({error, {Reason, _}}) -> [error, Reason];
show(no_response) -> nothing;
show(Other) -> Other.

%% Of one in a multicall.
outcome({ok, Value}) -> [value, Value];
outcome({error, {exception, Reason, _}}) -> [error, Reason];
outcome({throw, Thrown}) -> [throw, Thrown];
outcome({exit, {exception, Reason}}) -> [exit, Reason];
outcome({exit, {signal, Reason}}) -> [signal, Reason];
outcome({error, {erpc, Reason}}) -> [erpc, Reason].

%% With a timeout: without one, a call of the own node runs in the caller itself.
what_a_function_does_is_told() ->
    B = peers:connect(b),
    [begin
         Call = fun(Name, Args) -> how(fun() -> erpc:call(Node, ?MODULE, Name, Args, 2000) end) end,
         t:emit(value, Call(double, [21])),
         t:emit(error, Call(fail, [])),
         t:emit(throw, Call(toss, [sold_out])),
         t:emit(exit, Call(leave, [enough])),
         t:emit(normal, Call(leave, [normal])),
         t:emit(signal, Call(die, [shot])),
         t:emit(kill, Call(die, [kill])),
         t:emit(undefined, Call(nobody, []))
     end || Node <- [B, node()]],
    t:emit(then, t:quiet()).

why_a_function_was_not_run_is_told() ->
    B = peers:connect(b),
    Call = fun(Node, Name, Args, Timeout) -> how(fun() -> erpc:call(Node, ?MODULE, Name, Args, Timeout) end) end,
    t:emit(nowhere, Call('nowhere@127.0.0.9', double, [1], 2000)),
    t:emit(timeout, Call(B, hang, [], 20)),
    t:emit(own_timeout, Call(node(), hang, [], 20)),
    t:emit(bad_timeout, Call(B, double, [1], -1)),
    t:emit(bad_node, Call(17, double, [1], 2000)),
    t:emit(fine, Call(B, double, [1], 2000)),
    t:emit(then, t:quiet()).

a_call_ends_with_its_connection() ->
    B = peers:connect(b),
    Main = self(),
    Ask = fun() -> Main ! {outcome, how(fun() -> erpc:call(B, ?MODULE, hang, [], 3000) end), t:collect()} end,
    t:label(caller, spawn(Ask)),
    timer:sleep(50),
    Since = erlang:monotonic_time(millisecond),
    peers:cut(b),
    receive {outcome, Outcome, Left} -> t:emit(lost, [Outcome, Left]) end,
    t:emit(at_once, t:elapsed(Since) < 1000).

a_late_result_leaves_nothing() ->
    B = peers:connect(b),
    t:emit(timeout, how(fun() -> erpc:call(B, ?MODULE, slow, [300, late], 20) end)),
    t:emit(then, t:quiet(500)),
    t:emit(many, [outcome(One) || One <- erpc:multicall([B, node()], ?MODULE, slow, [300, late], 20)]),
    t:emit(then, t:quiet(500)).

a_fresh_process_in_the_group_of_the_caller() ->
    B = peers:connect(b),
    group_leader(self(), self()),
    t:emit(leaders, [erpc:call(Node, ?MODULE, leader, []) =:= self() || Node <- [B, node()]]),
    One = erpc:call(B, ?MODULE, me, []),
    Two = erpc:call(B, ?MODULE, me, []),
    t:emit(fresh, [node(One) =:= B, One =/= Two]),
    Own = erpc:call(node(), ?MODULE, me, [], 2000),
    t:emit(own, Own =/= self()).

many_nodes_answer_in_order() ->
    B = peers:connect(b),
    O = peers:connect(o),
    Nodes = [O, 'nowhere@127.0.0.9', B, node(), B],
    t:emit(doubled, [outcome(One) || One <- erpc:multicall(Nodes, ?MODULE, double, [4], 2000)]),
    t:emit(thrown, [outcome(One) || One <- erpc:multicall([B, O], ?MODULE, toss, [ball])]),
    t:emit(died, [outcome(One) || One <- erpc:multicall([B, O], ?MODULE, die, [shot])]),
    t:emit(none, erpc:multicall([], ?MODULE, double, [4])),
    t:emit(then, t:quiet()).

casts_are_silent() ->
    B = peers:connect(b),
    O = peers:connect(o),
    t:emit(cast, erpc:cast(B, ?MODULE, tell, [self(), one])),
    t:emit(told, t:quiet(2000)),
    t:emit(multicast, erpc:multicast([B, O, node(), 'nowhere@127.0.0.9'], ?MODULE, tell, [self(), all])),
    t:emit(told, [t:quiet(2000) || _ <- [1, 2, 3]]),
    t:emit(nobody, erpc:cast(B, ?MODULE, nobody, [])),
    t:emit(then, t:quiet()).

requests_are_answered_later() ->
    B = peers:connect(b),
    Slow = erpc:send_request(B, ?MODULE, slow, [300, late]),
    Bad = erpc:send_request(B, ?MODULE, toss, [ball]),
    t:emit(soon, wait(Slow, 5)),
    t:emit(bad, how(fun() -> {response, _} = erpc:wait_response(Bad, 2000) end)),
    t:emit(late, wait(Slow, 2000)),
    Given = erpc:send_request(B, ?MODULE, slow, [300, late]),
    t:emit(given_up, how(fun() -> erpc:receive_response(Given, 5) end)),
    t:emit(then, t:quiet(500)),
    Told = erpc:send_request(B, ?MODULE, double, [3]),
    Message = receive Any -> Any end,
    t:emit(foreign, erpc:check_response(Message, Given)),
    t:emit(own, show(erpc:check_response(Message, Told))).

wait(Request, Ms) -> show(erpc:wait_response(Request, Ms)).

collections_of_requests() ->
    B = peers:connect(b),
    O = peers:connect(o),
    All = erpc:send_request(B, ?MODULE, slow, [300, b], b, erpc:reqids_add(erpc:send_request(O, ?MODULE, double, [1]), o, erpc:reqids_new())),
    t:emit(size, erpc:reqids_size(All)),
    {First, FirstLabel, Rest} = erpc:receive_response(All, 2000, true),
    t:emit(first, [First, FirstLabel, erpc:reqids_size(Rest)]),
    t:emit(soon, erpc:wait_response(Rest, 5, true)),
    {{response, Second}, SecondLabel, None} = erpc:wait_response(Rest, 2000, true),
    t:emit(second, [Second, SecondLabel, erpc:reqids_size(None)]),
    t:emit(empty, erpc:receive_response(None, 2000, true)),
    t:emit(then, t:quiet()).
