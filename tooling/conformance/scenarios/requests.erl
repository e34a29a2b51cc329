%% Requests whose answers are waited for later, and calls to many nodes. The server stands in this module, too.
-module(requests).

start(Label) ->
    {ok, Pid} = gen_server:start(?MODULE, [], []),
    t:label(Label, Pid).

start(Label, Name) ->
    {ok, Pid} = gen_server:start({local, Name}, ?MODULE, [], []),
    t:label(Label, Pid).

init([]) -> {ok, []}.

handle_call({double, N}, _, Kept) -> {reply, 2 * N, Kept};
handle_call(keep, From, Kept) -> {noreply, [From | Kept]};
handle_call({stop, Reason}, _, Kept) -> {stop, Reason, Kept};
handle_call({tell, To}, _, Kept) -> To ! told, {reply, answered, Kept};
handle_call(itself, _, Kept) -> {reply, reason(catch gen_server:call(self(), {double, 1})), Kept}.

handle_cast({release, Value}, Kept) ->
    [gen_server:reply(From, Value) || From <- Kept],
    {noreply, []};
handle_cast({note, To}, Kept) -> To ! noted, {noreply, Kept}.

%% Of a failure only the reason: Erlang says whom it was asked of, too.
show({error, {Reason, _}}) -> {error, Reason};
show({{error, {Reason, _}}, Label, _}) -> {{error, Reason}, Label};
show({Response, Label, _}) -> {Response, Label};
show(Other) -> Other.

reason({'EXIT', {Reason, {gen_server, call, _}}}) -> Reason;
reason(Other) -> Other.

call(To, Request) -> reason(catch gen_server:call(To, Request, 2000)).

an_answer_is_waited_for_later() ->
    A = start(a),
    B = start(b),
    One = gen_server:send_request(A, keep),
    Two = gen_server:send_request(B, {double, 21}),
    t:emit(two, show(gen_server:wait_response(Two, 2000))),
    gen_server:cast(A, {release, late}),
    t:emit(one, show(gen_server:wait_response(One, 2000))),
    t:emit(then, t:quiet()).

a_wait_may_be_made_again() ->
    A = start(a),
    One = gen_server:send_request(A, keep),
    t:emit(at_once, show(gen_server:wait_response(One, 0))),
    t:emit(soon, show(gen_server:wait_response(One, 20))),
    gen_server:cast(A, {release, value}),
    t:emit(then, show(gen_server:wait_response(One, 2000))).

who_receives_too_late_gives_up() ->
    A = start(a),
    One = gen_server:send_request(A, keep),
    t:emit(late, show(gen_server:receive_response(One, 20))),
    gen_server:cast(A, {release, value}),
    t:emit(doubled, call(A, {double, 2})),
    t:emit(then, t:quiet()).

an_answer_that_is_there_is_taken_at_no_time() ->
    A = start(a),
    One = gen_server:send_request(A, {double, 3}),
    t:emit(doubled, call(A, {double, 2})),
    t:emit(one, show(gen_server:receive_response(One, 0))),
    t:emit(then, t:quiet()).

an_answer_comes_as_a_message() ->
    A = start(a),
    One = gen_server:send_request(A, {double, 4}),
    First = receive M1 -> M1 end,
    Two = gen_server:send_request(A, {double, 5}),
    Second = receive M2 -> M2 end,
    t:emit(other, gen_server:check_response(something, One)),
    t:emit(not_two, gen_server:check_response(First, Two)),
    t:emit(one, show(gen_server:check_response(First, One))),
    t:emit(not_one, gen_server:check_response(Second, One)),
    t:emit(two, show(gen_server:check_response(Second, Two))).

an_answer_comes_after_what_was_sent_before() ->
    A = start(a),
    One = gen_server:send_request(A, {tell, self()}),
    t:emit(one, show(gen_server:wait_response(One, 2000))),
    t:emit(told, t:collect()).

failures_are_responses() ->
    A = start(a),
    B = start(b),
    t:emit(no_name, show(gen_server:receive_response(gen_server:send_request(nobody, keep), 2000))),
    t:emit(stopped, show(gen_server:receive_response(gen_server:send_request(A, {stop, normal}), 2000))),
    t:emit(broken, show(gen_server:receive_response(gen_server:send_request(B, {stop, broken}), 2000))),
    t:emit(dead, show(gen_server:receive_response(gen_server:send_request(A, keep), 2000))),
    Far = gen_server:send_request({nobody, 'nowhere@127.0.0.1'}, keep),
    t:emit(unreachable, show(gen_server:receive_response(Far, 2000))),
    t:emit(then, t:quiet()).

a_failure_comes_as_a_message() ->
    A = start(a),
    One = gen_server:send_request(A, keep),
    exit(A, kill),
    t:emit(killed, show(gen_server:check_response(receive M -> M end, One))).

a_collection_is_answered_in_any_order() ->
    [A, B, C] = [start(L) || L <- [a, b, c]],
    Empty = gen_server:reqids_new(),
    t:emit(empty, gen_server:receive_response(Empty, 2000, true)),
    Two = gen_server:send_request(B, keep, b, gen_server:send_request(A, keep, a, Empty)),
    Three = gen_server:reqids_add(gen_server:send_request(C, keep), c, Two),
    t:emit(size, gen_server:reqids_size(Three)),
    t:emit(labels, lists:sort([L || {_, L} <- gen_server:reqids_to_list(Three)])),
    gen_server:cast(B, {release, 2}),
    {_, _, Left} = First = gen_server:receive_response(Three, 2000, true),
    t:emit(first, show(First)),
    exit(C, kill),
    {_, _, Last} = Second = gen_server:receive_response(Left, 2000, true),
    t:emit(second, show(Second)),
    gen_server:cast(A, {release, 1}),
    {_, _, None} = Third = gen_server:receive_response(Last, 2000, true),
    t:emit(third, show(Third)),
    t:emit(size, gen_server:reqids_size(None)),
    t:emit(none, gen_server:receive_response(None, 2000, true)).

a_collection_keeps_what_it_is_told_to() ->
    [A, B] = [start(L) || L <- [a, b]],
    Both = gen_server:send_request(B, keep, b, gen_server:send_request(A, {double, 1}, a, gen_server:reqids_new())),
    {_, _, Kept} = First = gen_server:wait_response(Both, 2000, false),
    t:emit(first, show(First)),
    t:emit(kept, gen_server:reqids_size(Kept)),
    t:emit(late, gen_server:wait_response(Kept, 20, true)),
    gen_server:cast(B, {release, 2}),
    {_, _, Left} = Second = gen_server:wait_response(Kept, 2000, true),
    t:emit(second, show(Second)),
    t:emit(left, gen_server:reqids_size(Left)).

a_collection_that_is_late_is_given_up() ->
    [A, B] = [start(L) || L <- [a, b]],
    Both = gen_server:send_request(B, keep, b, gen_server:send_request(A, keep, a, gen_server:reqids_new())),
    t:emit(late, gen_server:receive_response(Both, 20, true)),
    [gen_server:cast(P, {release, value}) || P <- [A, B]],
    [t:emit(doubled, call(P, {double, 2})) || P <- [A, B]],
    t:emit(then, t:quiet()).

a_collection_has_one_deadline() ->
    [A, B] = [start(L) || L <- [a, b]],
    Both = gen_server:send_request(B, keep, b, gen_server:send_request(A, keep, a, gen_server:reqids_new())),
    Start = erlang:monotonic_time(millisecond),
    Until = {abs, Start + 60},
    gen_server:cast(A, {release, 1}),
    {_, _, Left} = First = gen_server:receive_response(Both, Until, true),
    t:emit(first, show(First)),
    t:emit(second, gen_server:receive_response(Left, Until, true)),
    Elapsed = t:elapsed(Start),
    t:emit(in_time, Elapsed >= 60 andalso Elapsed < 500).

a_message_belongs_to_a_collection() ->
    A = start(a),
    One = gen_server:send_request(A, {double, 1}, a, gen_server:reqids_new()),
    Other = gen_server:send_request(A, keep, b, gen_server:reqids_new()),
    Message = receive M -> M end,
    t:emit(other, gen_server:check_response(Message, Other, true)),
    {_, _, Kept} = First = gen_server:check_response(Message, One, false),
    t:emit(kept, {show(First), gen_server:reqids_size(Kept)}),
    {_, _, Left} = Second = gen_server:check_response(Message, Kept, true),
    t:emit(taken, {show(Second), gen_server:reqids_size(Left)}),
    t:emit(again, gen_server:check_response(Message, Left, true)).

a_call_that_is_late_leaves_nothing() ->
    A = start(a),
    t:emit(late, reason(catch gen_server:call(A, keep, 20))),
    gen_server:cast(A, {release, late}),
    t:emit(doubled, call(A, {double, 2})),
    t:emit(then, t:quiet()).

calls_fail_for_reasons() ->
    t:emit(no_name, call(nobody, keep)),
    t:emit(no_name_here, call({nobody, node()}, keep)),
    t:emit(itself, call(start(a), itself)),
    [t:emit(stopped, call(start(Label), {stop, Reason}))
     || {Label, Reason} <- [{b, normal}, {c, shutdown}, {d, {shutdown, x}}, {e, broken}]],
    F = start(f),
    Me = self(),
    t:label(killer, spawn(fun() -> F ! hello, timer:sleep(20), exit(F, kill), Me ! killed end)),
    t:emit(killed, call(F, keep)),
    t:emit(dead, call(F, keep)),
    receive killed -> ok end.

handle_info(_, Kept) -> {noreply, Kept}.

many_nodes_answer_or_do_not() ->
    start(a, here),
    Start = erlang:monotonic_time(millisecond),
    Nodes = [node(), 'nowhere@127.0.0.1'],
    {Replies, Bad} = gen_server:multi_call(Nodes, here, {double, 4}, 2000),
    t:emit(here, {[Value || {_, Value} <- Replies], Bad}),
    {None, AllBad} = gen_server:multi_call(Nodes, nobody, {double, 4}, 2000),
    t:emit(nobody, {None, length(AllBad)}),
    t:emit(at_once, t:elapsed(Start) < 1500),
    t:emit(then, t:quiet()).

many_nodes_that_are_late_say_nothing_later() ->
    A = start(a, here),
    {Replies, Bad} = gen_server:multi_call([node()], here, keep, 20),
    t:emit(late, {Replies, length(Bad)}),
    gen_server:cast(A, {release, late}),
    t:emit(doubled, call(A, {double, 2})),
    t:emit(then, t:quiet()).

many_nodes_whose_server_ends_are_bad() ->
    start(a, here),
    Start = erlang:monotonic_time(millisecond),
    {Replies, Bad} = gen_server:multi_call([node()], here, {stop, broken}, 2000),
    t:emit(ended, {Replies, length(Bad)}),
    t:emit(at_once, t:elapsed(Start) < 1500),
    t:emit(then, t:quiet()).

a_cast_to_many_nodes_reaches_who_is_there() ->
    start(a, here),
    t:emit(said, gen_server:abcast([node(), 'nowhere@127.0.0.1'], here, {note, self()})),
    t:emit(noted, receive M -> M after 2000 -> nothing end),
    t:emit(to_nobody, gen_server:abcast([node()], nobody, {note, self()})),
    t:emit(then, t:quiet()).
