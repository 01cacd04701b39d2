import Basics
import Events
import JSON
import Testing

@Suite struct SLAResultTests {
    private static let plain = SLAResult(
        timestamp: Timestamp(secondsSinceEpoch: 1_574_778_556.0), succeeded: true, service: "shop", executionSecs: 914,
        groups: ["web", "eu"]
    )

    @Test(arguments: [
        (
            // What sla-runner 0.0.21 publishes.
            #"{"timestamp": 1574778556, "succeeded": true, "service": "shop", "testExecutionSecs": 914,"#
                + #" "groups": ["web", "eu"], "tagID": null, "slaTarget": 99.9, "interval": 30}"#,
            plain.with {
                $0.slaTarget = 99.9; $0.interval = 30
            }
        ),
        (
            // What the first runner's documentation shows: strings, and `group`.
            #"{"timestamp": "1574778556", "succeeded": true, "service": "shop", "testExecutionSecs": "914","#
                + #" "group": ["web", "eu"]}"#,
            plain
        ),
        (
            // The original's own test event: the time is in milliseconds, and nothing is null.
            #"{"service":"shop","groups":["web","eu"],"timestamp":1574778556000,"testExecutionSecs":914,"#
                + #""succeeded":true}"#,
            plain
        ),
        (
            #"{"timestamp":1574778556.5,"succeeded":false,"service":"shop","testExecutionSecs":null,"group":"web"}"#,
            plain.with {
                $0.timestamp = Timestamp(secondsSinceEpoch: 1_574_778_556.5)
                ($0.succeeded, $0.executionSecs, $0.groups) = (false, nil, ["web"])
            }
        ),
        (
            #"{"timestamp":1574778556,"succeeded":true,"service":"shop","testExecutionSecs":914,"#
                + #""testExecutionSeconds":914.25,"groups":["web"," eu"],"tagID":"t","slaTarget":"99.5","other":{}}"#,
            plain.with {
                ($0.executionSeconds, $0.groups, $0.tagID, $0.slaTarget) = (914.25, ["web", " eu"], "t", "99.5")
            }
        ),
        (
            #"{"timestamp":1574778556,"succeeded":true,"service":"shop","groups":null,"interval":"x"}"#,
            plain.with { ($0.executionSecs, $0.groups, $0.slaTarget) = (nil, [], nil) }
        ),
    ])
    func knownForms(text: String, result: SLAResult) throws {
        #expect(try SLAResult(parsing: text) == result)
    }

    @Test(arguments: [
        ("", "the message is empty"),
        ("hello", "the message is not JSON"),
        ("[]", "must be an object, not array"),
        ("{}", "timestamp: is missing"),
        (#"{"timestamp":null}"#, "timestamp: is missing"),
        (#"{"timestamp":"now"}"#, "timestamp: must be a number or a string that holds one, not string"),
        (#"{"timestamp":"nan"}"#, "timestamp: must be a number or a string that holds one, not string"),
        (#"{"timestamp":true}"#, "timestamp: must be a number or a string that holds one, not boolean"),
        (#"{"timestamp":1e18}"#, "timestamp: 1e+18 is no time in seconds or milliseconds since 1970"),
        (#"{"timestamp":253402300800000}"#, "timestamp: 253402300800000.0 is no time in seconds or milliseconds"),
        (#"{"timestamp":-62135596801}"#, "timestamp: -62135596801.0 is no time in seconds or milliseconds"),
        (#"{"timestamp":1}"#, "succeeded: is missing"),
        (#"{"timestamp":1,"succeeded":"true"}"#, "succeeded: must be true or false, not string"),
        (#"{"timestamp":1,"succeeded":1}"#, "succeeded: must be true or false, not number"),
        (#"{"timestamp":1,"succeeded":true}"#, "service: is missing"),
        (#"{"timestamp":1,"succeeded":true,"service":5}"#, "service: must be a string, not number"),
        (
            #"{"timestamp":1,"succeeded":true,"service":"s","testExecutionSecs":"3s"}"#,
            "testExecutionSecs: must be a number or a string that holds one, not string"
        ),
        (
            #"{"timestamp":1,"succeeded":true,"service":"s","testExecutionSecs":-5}"#,
            "testExecutionSecs: -5.0 is no duration: it is below 0"
        ),
        (
            #"{"timestamp":1,"succeeded":true,"service":"s","groups":5}"#,
            "groups: must be an array of strings, not number"
        ),
        (
            #"{"timestamp":1,"succeeded":true,"service":"s","groups":["a",1]}"#,
            "groups[1]: must be a string, not number"
        ),
    ])
    func faults(text: String, message: String) {
        let error = #expect(throws: EventError.self) { try SLAResult(parsing: text) }
        #expect(error?.description.hasPrefix(message) == true, "\(error?.description ?? "")")
    }

    @Test func messageHasTheRunnersKeysInItsOrder() throws {
        let result = Self.plain.with { ($0.executionSecs, $0.executionSeconds, $0.interval) = (914, 914.25, 30) }
        #expect(
            result.json.description
                == #"{"timestamp":1574778556,"succeeded":true,"service":"shop","testExecutionSecs":914,"#
                + #""testExecutionSeconds":914.25,"groups":["web","eu"],"tagID":null,"slaTarget":99.9,"interval":30}"#
        )
        #expect(
            SLAResult(timestamp: Timestamp(secondsSinceEpoch: 7.9), succeeded: false, service: "s").json.description
                == #"{"timestamp":7,"succeeded":false,"service":"s","testExecutionSecs":null,"groups":[],"#
                + #""tagID":null,"slaTarget":99.9}"#
        )
        #expect(try SLAResult(result.json) == result.with { $0.slaTarget = 99.9 })
    }
}

extension SLAResult {
    fileprivate func with(_ change: (inout SLAResult) -> Void) -> SLAResult {
        var copy = self
        change(&copy)
        return copy
    }
}
