import Basics
import JSON
import Testing

@testable import FargateAdjuster

/// The input of the original, and what it makes of wrong ones.
@Suite struct AdjustmentRequestTests {
    private func request(_ components: String) throws -> AdjustmentRequest {
        try AdjustmentRequest(
            JSONValue(parsing: #"{"application": {"components": \#(components)}, "control": {"x": 1}}"#))
    }

    @Test func componentsAndSettingsKeepTheirOrder() throws {
        let request = try request(
            #"""
            {"web": {"settings": {"mem": {"value": "0.5"}, "cpu": {"value": 0.5, "type": "range"}}},
             "api": {"settings": {"GOGC": {"value": 90.0}, "ON": {"value": true}}}}
            """#)
        #expect(
            request.components == [
                .init("web", [.init("mem", "0.5"), .init("cpu", 0.5)]),
                .init("api", [.init("GOGC", 90.0), .init("ON", true)]),
            ])
    }

    @Test func aValueMayStandForItself() throws {
        #expect(
            try request(#"{"web": {"settings": {"cpu": 1, "MODE": "a"}}}"#).components == [
                .init("web", [.init("cpu", 1), .init("MODE", "a")])
            ])
    }

    @Test(arguments: [
        "{}", #"{"web": {}}"#, #"{"web": null}"#, #"{"web": {"settings": {}}}"#, #"{"web": {"settings": null}}"#,
    ])
    func aComponentWithoutSettingsIsLeftOut(components: String) throws {
        #expect(try request(components).components == [])
    }

    @Test(arguments: [
        ("{}", "Received no settings to adjust."), ("null", "Received no settings to adjust."),
        ("[1]", #"the input is wrong: it is an array, expected {"application": {"components": {…}}}"#),
        (
            #"{"aplication": {}}"#,
            #"the input is wrong: application is missing, expected {"application": {"components": {…}}}; "#
                + "did you mean aplication?"
        ),
        (
            #"{"application": {}}"#,
            #"the input is wrong: application.components is missing, expected {"application": {"components": {…}}}"#
        ),
        (
            #"{"application": {"components": [1]}}"#,
            "the input is wrong: application.components is an array, expected an object, as in "
                + #"{"application": {"components": {…}}}"#
        ),
    ])
    func anInputOfAnotherShape(input: String, message: String) throws {
        let json = try JSONValue(parsing: input)
        let error = #expect(throws: AdjusterError.self) { try AdjustmentRequest(json) }
        #expect(error?.code == .invalidInput)
        #expect(error?.message == message)
    }

    @Test func everyFaultIsTold() {
        let error = #expect(throws: AdjusterError.self) {
            try request(
                #"""
                {"web": {"settings": {"cpu": {"value": null}, "mem": {}, "replicas": [2], "A": {"value": {"x": 1}}}},
                 "api": 3, "db": {"settings": "cpu=1"}, "ok": {"settings": {"cpu": 1}}}
                """#)
        }
        #expect(error?.code == .invalidInput)
        let web = "application.components.web.settings."
        #expect(
            error?.message == "the input is wrong: "
                + [
                    "the value of \(web)cpu is null: leave the setting out to keep what it is",
                    #"\#(web)mem has no value, expected {"value": …}"#,
                    "the value of \(web)replicas is an array, expected a number or a text",
                    "the value of \(web)A is an object, expected a number or a text",
                    #"application.components.api is a number, expected {"settings": {…}}"#,
                    #"application.components.db.settings is a string, expected {"cpu": {"value": 0.5}, …}"#,
                ].joined(separator: "; "))
    }
}
