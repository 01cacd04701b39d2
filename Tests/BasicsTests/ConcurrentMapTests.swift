import Basics
import Testing

@Suite struct ConcurrentMapTests {
    @Test("results are in the order of the elements, whichever ends first", arguments: [1, 3, 100])
    func order(_ limit: Int) async {
        let results = await (0..<20).concurrentMap(atMost: limit) { number in
            for _ in 0..<(20 - number) { await Task.yield() }
            return number * 2
        }
        #expect(results == (0..<20).map { $0 * 2 })
    }

    @Test("no element, no result") func empty() async {
        #expect(await [Int]().concurrentMap(atMost: 4) { $0 } == [])
    }

    @Test("as many run at the same time as may, and no more")
    func bound() async {
        let running = Locked((now: 0, most: 0))
        _ = await (0..<30).concurrentMap(atMost: 4) { _ in
            running.withLock { counts in
                counts.now += 1
                counts.most = max(counts.most, counts.now)
            }
            // Four must come to run together, or the test does not end.
            while running.withLock({ $0.most < 4 }) { await Task.yield() }
            running.withLock { $0.now -= 1 }
        }
        #expect(running.withLock { $0.most } == 4)
    }

    @Test(
        "after an error nothing more begins, what runs is cancelled, and the error is thrown", .timeLimit(.minutes(1)))
    func failure() async {
        let begun = Locked<[Int]>([])
        let error = await #expect(throws: Fault.self) {
            try await (0..<10).concurrentMap(atMost: 3) { number in
                begun.withLock { $0.append(number) }
                while begun.withLock({ $0.count < 3 }) { await Task.yield() }
                if number == 1 { throw Fault(number: number) }
                // Ends only when it is cancelled.
                while !Task.isCancelled { await Task.yield() }
            }
        }
        #expect(error?.number == 1)
        #expect(begun.withLock { $0.sorted() } == [0, 1, 2])
    }

    private struct Fault: Error { let number: Int }
}
