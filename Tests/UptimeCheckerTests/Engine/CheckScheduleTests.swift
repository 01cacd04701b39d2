import Testing

@testable import UptimeChecker

@Suite struct CheckScheduleTests {
    private func starts(_ schedule: inout CheckSchedule) -> [Int] {
        var started: [Int] = []
        while let job = schedule.next() { started.append(job) }
        return started
    }

    @Test func inOrderUpToTheTotal() {
        var schedule = CheckSchedule(hosts: ["a", "b", "c", "d", "e"], limits: CheckLimits(total: 3, perHost: 9))
        #expect(starts(&schedule) == [0, 1, 2])
        schedule.finished(1)
        #expect(starts(&schedule) == [3])
        schedule.finished(0)
        schedule.finished(2)
        #expect(starts(&schedule) == [4])
        #expect(schedule.running == 2)
    }

    @Test func aBusyHostDoesNotKeepBackOthers() {
        let hosts = ["a", "a", "a", "a", "b", "a", "c"]
        var schedule = CheckSchedule(hosts: hosts, limits: CheckLimits(total: 5, perHost: 2))
        #expect(starts(&schedule) == [0, 1, 4, 6])
        schedule.finished(4)
        #expect(starts(&schedule) == [])
        schedule.finished(1)
        #expect(starts(&schedule) == [2], "the oldest of the host that has become free")
        schedule.finished(0)
        schedule.finished(2)
        #expect(starts(&schedule) == [3, 5])
    }

    @Test func aCheckOfABusyHostIsFirstWhenTheTotalIsReached() {
        let hosts = ["a", "a", "b", "c", "d"]
        var schedule = CheckSchedule(hosts: hosts, limits: CheckLimits(total: 2, perHost: 1))
        #expect(starts(&schedule) == [0, 2])
        schedule.finished(0)
        #expect(starts(&schedule) == [1])
        schedule.finished(2)
        #expect(starts(&schedule) == [3])
    }

    @Test func repetitionsComeLast() {
        var schedule = CheckSchedule(hosts: ["a", "b", "c"], limits: CheckLimits(total: 1, perHost: 1))
        #expect(starts(&schedule) == [0])
        schedule.finished(0)
        schedule.repeats(0)
        #expect(starts(&schedule) == [1])
        schedule.finished(1)
        #expect(starts(&schedule) == [2])
        schedule.finished(2)
        #expect(starts(&schedule) == [0])
    }

    @Test(arguments: [
        ("127.0.0.1", 4), ("127.8.7.6", 4), ("localhost", 4), ("::1", 4), ("192.0.2.1", 1), ("example.com", 1),
    ])
    func loopbackHasNoLimitOfItsOwn(host: String, count: Int) {
        var schedule = CheckSchedule(
            hosts: Array(repeating: host, count: 4), limits: CheckLimits(total: 9, perHost: 1)
        )
        #expect(starts(&schedule).count == count)
    }

    @Test func manyJobsOfFewHostsEndInTime() {
        let count = 100_000
        var schedule = CheckSchedule(
            hosts: (0..<count).map { "h\($0 % 3)" }, limits: CheckLimits(total: 900, perHost: 10)
        )
        var running = starts(&schedule)
        var ended: Set<Int> = []
        while let job = running.popLast() {
            #expect(schedule.running <= 30)
            ended.insert(job)
            schedule.finished(job)
            running += starts(&schedule)
        }
        #expect(ended.count == count)
    }
}
