import Testing

@testable import LocalCloud

/// The rules of the queue, without any process.
struct InvocationQueueTests {
    typealias Invocation = InvocationQueue.Invocation

    private let one = Invocation(requestID: "1", nonce: "n1", event: [1])
    private let two = Invocation(requestID: "2", nonce: "n2", event: [2])
    private let answer = InvocationQueue.Outcome.success([9], contentType: nil)
    private let failure = InvocationQueue.Outcome.failure(FunctionError("T", "m"))

    @Test func eventsAndWorkersMeetInOrder() {
        var queue = InvocationQueue()
        #expect(queue.add(one) == [])
        #expect(queue.add(two) == [])
        #expect(queue.poll(7) == [.deliver(one, poll: 7)])
        #expect(queue.poll(8) == [.deliver(two, poll: 8)])

        var idle = InvocationQueue()
        #expect(idle.poll(7) == [])
        #expect(idle.add(one) == [.deliver(one, poll: 7)])
    }

    @Test func theNextPollFinishesAnAnsweredInvocation() throws {
        var queue = InvocationQueue()
        _ = queue.add(one)
        _ = queue.add(two)
        _ = queue.poll(1)
        try queue.answer("1", nonce: "n1", answer)
        #expect(queue.poll(1) == [.finish(requestID: "1", answer), .deliver(two, poll: 1)])
    }

    @Test func aDroppedPollGetsNoEvent() {
        var queue = InvocationQueue()
        _ = queue.poll(1)
        queue.dropPoll(1)
        #expect(queue.add(one) == [])
        #expect(queue.poll(2) == [.deliver(one, poll: 2)])
    }

    @Test func anUndeliveredEventGoesToTheNextWorkerFirst() throws {
        var queue = InvocationQueue()
        _ = queue.poll(1)
        _ = queue.add(one)
        _ = queue.add(two)
        #expect(queue.takeBack(one) == [])
        #expect(queue.takeBack(one) == nil, "it is not running")
        #expect(queue.poll(2) == [.deliver(one, poll: 2)])
        #expect(queue.poll(3) == [.deliver(two, poll: 3)])
        try queue.answer("1", nonce: "n1", answer)
        #expect(queue.takeBack(one) == nil, "it has been answered")
    }

    @Test func onlyTheFirstAnswerOfTheCurrentAttemptCounts() throws {
        var queue = InvocationQueue()
        _ = queue.poll(1)
        _ = queue.add(one)
        #expect(throws: InvocationQueue.Refusal.unknown) { try queue.answer("2", nonce: nil, answer) }
        #expect(throws: InvocationQueue.Refusal.gone) { try queue.answer("1", nonce: "old", answer) }
        try queue.answer("1", nonce: nil, answer)
        #expect(throws: InvocationQueue.Refusal.answeredTwice) { try queue.answer("1", nonce: "n1", failure) }
        _ = queue.poll(1)
        #expect(throws: InvocationQueue.Refusal.gone) { try queue.answer("1", nonce: "n1", answer) }
    }

    @Test func theTimeoutFailsARunningInvocationAndKeepsAnAnswer() throws {
        var queue = InvocationQueue()
        _ = queue.poll(1)
        _ = queue.add(one)
        #expect(queue.expire("1", failure) == [.finish(requestID: "1", failure)])
        #expect(queue.expire("1", failure) == [])
        #expect(throws: InvocationQueue.Refusal.gone) { try queue.answer("1", nonce: "n1", answer) }

        _ = queue.poll(1)
        _ = queue.add(two)
        try queue.answer("2", nonce: "n2", answer)
        #expect(queue.expire("2", failure) == [.finish(requestID: "2", answer)])
    }

    @Test(arguments: [true, false])
    func theEndOfTheProcessFailsItsInvocations(initialised: Bool) throws {
        var queue = InvocationQueue()
        _ = queue.poll(1)
        _ = queue.add(one)
        _ = queue.add(two)
        let ended = queue.processEnded(initialised: initialised, failure)
        let waiting: [InvocationQueue.Action] = initialised ? [] : [.finish(requestID: "2", failure)]
        #expect(ended == [.finish(requestID: "1", failure)] + waiting)
        #expect(queue.poll(2) == (initialised ? [.deliver(two, poll: 2)] : []))
    }

    @Test func anAnswerCountsAfterTheEndOfTheProcess() throws {
        var queue = InvocationQueue()
        _ = queue.poll(1)
        _ = queue.add(one)
        try queue.answer("1", nonce: nil, answer)
        #expect(queue.processEnded(initialised: true, failure) == [.finish(requestID: "1", answer)])
    }
}
