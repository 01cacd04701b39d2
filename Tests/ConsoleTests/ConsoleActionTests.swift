import Basics
import HTTPServer
import JSON
import NIOHTTP1
import Testing

@testable import Console

/// What forms lead to.
@Suite struct ConsoleActionTests {
    private let console = TestConsole()

    private var done: [String] { console.actions.done.withLock { $0 } }

    /// Follows the redirect after a form.
    private func follow(_ reply: (status: UInt, headers: HTTPHeaders, text: String)) async -> String {
        let address = reply.headers.first(name: "location") ?? ""
        return await console.send(.GET, address, console.formHeaders).text
    }

    @Test func aFormLeadsBackToThePageWithAMessage() async {
        let reply = await console.post("check", [("service", "shop/search")])
        #expect(reply.status == 303)
        #expect(done == ["check shop/search"])
        #expect(await follow(reply).contains("role=\"status\">check shop/search<"))
        // Without a result that it knows the page says nothing.
        let page = await console.send(.GET, console.path + "?result=99", console.formHeaders).text
        #expect(page.contains("role=\"status\"><"))
    }

    @Test("without scripts the pages that follow tell it, too, for half a minute")
    func aMessageIsToldForAWhile() async throws {
        let reply = await console.post("check", [("service", "shop/search")])
        let address = try #require(reply.headers.first(name: "location"))
        #expect(await follow(reply).contains("content=\"10; url=\(address)\""))
        let page = await console.send(.GET, console.path, console.formHeaders).text
        #expect(page.contains("content=\"10; url=\(console.path)\""))
        let (results, start) = (ActionResults(), Timestamp(secondsSinceEpoch: 1_800_000_000))
        let key = results.add(ActionResult(tone: "good", text: "done"), at: start)
        #expect(results.result(key, at: start + .milliseconds(29_999))?.text == "done")
        #expect(results.result(key, at: start + .seconds(30)) == nil)
        #expect(results.result("x", at: start) == nil)
    }

    @Test func aFailedActionIsTold() async {
        let page = await follow(await console.post("check", [("service", "broken")]))
        #expect(page.contains("class=\"banner bad\" role=\"status\">broken: no &lt;answer&gt;<"))
    }

    @Test func aScriptGetsTheMessageAsJSON() async throws {
        var headers = console.formHeaders
        headers.add(name: "Accept", value: "application/json")
        let reply = await console.post("check", [("service", "broken")], headers: headers)
        #expect(reply.status == 200)
        let value = try JSONValue(parsing: reply.text)
        #expect(value["tone"] == "bad")
        #expect(value["text"] == "broken: no <answer>")
        let refused = await console.post("check", form: "0", headers: headers)
        #expect(refused.status == 403)
        #expect(try JSONValue(parsing: refused.text)["tone"] == "bad")
    }

    @Test(arguments: [
        ("0", "silence a 0 ms"), ("3600", "silence a 1 h"), ("604800", "silence a 7 d"), ("604801", nil), ("-1", nil),
        ("x", nil), ("", nil),
    ])
    func alarmsAreSilencedForAWeekAtMost(seconds: String, expected: String?) async {
        _ = await console.post("silence", [("alarm", "a"), ("seconds", seconds)])
        #expect(done == (expected.map { [$0] } ?? []))
    }

    @Test func anExperimentRunsByThePlanThatWasRead() async {
        let page = await console.send(.GET, console.path + "plan?experiment=outage.yaml", console.formHeaders)
        #expect(page.text.contains(">step 1</pre>"))
        let digest = "digest of step 1"
        #expect(page.text.contains("name=\"plan\" value=\"\(digest)\""))
        #expect(done == [])

        console.actions.plan.withLock { $0 = "step 2" }
        let refused = await console.post("run", [("experiment", "outage.yaml"), ("plan", digest)])
        #expect(done == [])
        let anew = await follow(refused)
        #expect(anew.contains("class=\"banner warn\" role=\"status\">&lt;The plan&gt; has changed.<"))
        #expect(anew.contains(">step 2</pre>"))

        let fields = [("experiment", "outage.yaml"), ("plan", "digest of step 2")]
        _ = await console.post("run", fields)
        #expect(done == ["run outage.yaml"])
        // Without a plan there is nothing to run by.
        _ = await console.post("run", [("experiment", "outage.yaml")])
        #expect(done == ["run outage.yaml"])
    }

    @Test func aRefusedPlanIsShownWithItsReasonAndWithoutAButton() async {
        console.actions.refusal.withLock { $0 = "too <many> steps" }
        let page = await console.send(.GET, console.path + "plan?experiment=outage.yaml", console.formHeaders)
        #expect(page.text.contains(">step 1</pre>"))
        #expect(page.text.contains("Cannot be run: too &lt;many&gt; steps<"))
        #expect(!page.text.contains("<button"))
    }

    @Test func thePlanOfAnExperimentThatIsGoneIsNotFound() async {
        let page = await console.send(.GET, console.path + "plan?experiment=%3Cb%3E", console.formHeaders)
        #expect(page.status == 404)
        #expect(page.text.contains("There is no experiment '&lt;b&gt;'"))
    }

    @Test("a plan has no run button while another experiment runs, or when it cannot be run")
    func aPlanWithoutAButton() async {
        for change in [
            { (snapshot: inout ConsoleSnapshot) in snapshot.experiments[0].state = .running },
            { (snapshot: inout ConsoleSnapshot) in snapshot.experiments[0].problem = "line 3" },
            { (snapshot: inout ConsoleSnapshot) in
                snapshot.experiments.append(.init(id: "cli", title: "That of the command line", state: .running))
            },
        ] {
            var snapshot = ConsoleSnapshot.sample
            change(&snapshot)
            let console = TestConsole(snapshot)
            let page = await console.send(.GET, console.path + "plan?experiment=outage.yaml", console.formHeaders)
            #expect(page.status == 200)
            #expect(!page.text.contains("<button"))
        }
    }

    @Test func onlyTheNewestResultsAreKept() {
        let results = ActionResults()
        let keys = (0..<60).map { results.add(ActionResult(tone: "good", text: "\($0)")) }
        #expect(results.result(keys[9]) == nil)
        #expect(results.result(keys[10])?.text == "10")
        #expect(results.result(keys[59])?.text == "59")
    }
}
