import AWS
import Basics
import JSON
import TestSupport
import Transport

@testable import UptimeChecker

/// What the tests of stores, publisher and handler share: one loop, and AWS at an endpoint of their choice.
enum TestAWS {
    static let loop = Result { try EventLoop.onOwnThread() }

    /// Pauses between attempts take no time, unless a time is given.
    static func configuration(_ environment: [String: String], time: TimeSource? = nil) throws -> AWSConfiguration {
        let loop = try loop.get()
        return try AWSConfiguration(
            environment: environment, http: HTTPClient(loop: loop),
            time: time ?? TimeSource(now: { .now() }, sleep: { _ in }, random: { 0 })
        )
    }

    static func moto() throws -> AWSConfiguration { try configuration(MotoServer.shared.get().environment) }
}

/// The end of the time of calls in tests that are not about it.
let farFuture = Timestamp.now() + .seconds(3_600)
