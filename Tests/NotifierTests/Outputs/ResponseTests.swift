import JSON
import Testing
import Transport

@testable import Notifier

/// What each service's responses mean.
@Suite struct ResponseTests {
    @Test(arguments: SampleOutput.all)
    func outcomes(of sample: SampleOutput) throws {
        let output = try sample.make()
        let message = output.messages(for: Sample.alarm, Sample.options())[0]
        #expect(!sample.responses.isEmpty)
        for row in sample.responses {
            let response = HTTPResponse(row.status, row.body, headers: row.headers)
            #expect(output.outcome(of: response, to: message).word == row.outcome, "\(row.status) \(row.body)")
        }
    }

    @Test(arguments: SampleOutput.all)
    func reasonsHoldNoSecret(_ sample: SampleOutput) throws {
        let output = try sample.make()
        let message = output.messages(for: Sample.alarm, Sample.options())[0]
        let echo = "no such token xoxb-1234567890-abcdefghijklmnopqrstuvwxyz \(message.line)"
        let bodies = [
            echo,
            JSONValue.object([
                "ok": false, "error": .string(echo), "description": .string(echo),
                "message": .string(echo), "errmsg": .string(echo), "errcode": 7,
            ]).description,
        ]
        for body in bodies {
            for status in [200, 400, 401, 429, 500] {
                let reason = output.outcome(of: HTTPResponse(status, body), to: message).reason
                #expect(!reason.contains("s3cr3t"))
                #expect(!reason.contains("xoxb"))
                #expect(reason.count < 300)
            }
        }
    }

    /// A fallback that is refused too must not lead to another one for ever.
    @Test(arguments: SampleOutput.all)
    func fallbacksEnd(_ sample: SampleOutput) throws {
        let output = try sample.make()
        for body in [
            "invalid_blocks", #"{"ok":false,"error":"invalid_blocks"}"#, #"{"code":9499}"#,
            #"{"ok":false,"description":"Bad Request: can't parse entities"}"#,
        ] {
            var message = output.messages(for: Sample.alarm, Sample.options())[0]
            var steps = 0
            while case .next(let next, _) = output.outcome(of: HTTPResponse(400, body), to: message) {
                (message, steps) = (next, steps + 1)
                #expect(steps < 3)
                if steps > 3 { break }
            }
        }
    }
}
