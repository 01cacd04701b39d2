internal import Basics
internal import HTTPServer
internal import JSON
internal import NIOHTTP1

/// Answers the console's requests: first who asks, then what is asked.
///
/// What a `GET` does can be done again and again; only a `POST` changes something.
struct ConsoleHandler: RequestHandler {
    let access: ConsoleAccess
    let board: ConsoleBoard
    let actions: any ConsoleActions
    /// The port of the server, which is known when it listens; until then every request is refused.
    let port = Locked(0)
    private let results = ActionResults()

    init(access: ConsoleAccess, board: ConsoleBoard, actions: any ConsoleActions) {
        (self.access, self.board, self.actions) = (access, board, actions)
    }

    /// A form of the page has less than a kilobyte.
    static let maximumBody = 16 << 10

    func bodyLimit(for head: HTTPRequestHead) -> Int { Self.maximumBody }

    func reply(to request: ReceivedRequest) async -> ServerReply {
        let target = Target(request.head.uri)
        let wantsJSON =
            target.path == "/api/snapshot.json" || request.head.headers.first(name: "accept") == "application/json"
        do {
            try access.checkHost(request.head, port: port.withLock { $0 })
            guard case .complete(let body) = request.body else {
                throw ConsoleAccess.Refusal(
                    status: .payloadTooLarge,
                    message: "The request's body is larger than \(Self.maximumBody / 1_024) KB.")
            }
            return try await route(request.head, target, body, wantsJSON)
        } catch let refusal as ConsoleAccess.Refusal {
            return Replies.refusal(refusal, asJSON: wantsJSON)
        } catch {
            let message = "The console could not be drawn: \(Words.line("\(error)", limit: 500))"
            return Replies.refusal(.init(status: .internalServerError, message: message), asJSON: wantsJSON)
        }
    }

    /// The path and query of a request.
    private struct Target {
        let path: Substring
        private let fields: [(name: String, value: String)]

        init(_ uri: String) {
            let halves = uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
            path = halves.first ?? ""
            fields = halves.count > 1 ? formFields(Array(halves[1].utf8)) : []
        }

        subscript(name: String) -> String? { fields.first { $0.name == name }?.value }
    }

    // MARK: Routes

    private func route(
        _ head: HTTPRequestHead, _ target: Target, _ body: [UInt8], _ wantsJSON: Bool
    ) async throws -> ServerReply {
        if target.path == "/api/snapshot.json" {
            try access.checkBearer(head)
            try checkMethod(head, isChange: false)
            let drawn = try await board.drawn()
            return Replies.json(SnapshotJSON.value(of: drawn.snapshot))
        }
        if target.path == "/" {
            try checkMethod(head, isChange: false)
            return try enter(head, target)
        }
        guard target.path.hasPrefix(access.path) else { throw ConsoleAccess.noToken }
        try access.checkCookie(head)
        let name = target.path.dropFirst(access.path.utf8.count)
        if let action = ConsoleAction.all[String(name)] {
            try checkMethod(head, isChange: true)
            try access.checkOrigin(head)
            let form = Dictionary(formFields(body).map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
            try access.checkForm(form["form"])
            return await perform(action, form, wantsJSON)
        }
        try checkMethod(head, isChange: false)
        switch name {
        case "":
            let result = target["result"].flatMap { key in results.result(key).map { (key, $0) } }
            return Replies.page(try await board.drawn().page(result: result))
        case "updates": return Replies.json(try await board.drawn().updates(since: target["have"] ?? ""))
        case "plan":
            return try await plan(target["experiment"] ?? "", result: target["result"].flatMap { results.result($0) })
        default: throw ConsoleAccess.Refusal(status: .notFound, message: "The console has no such page.")
        }
    }

    private func checkMethod(_ head: HTTPRequestHead, isChange: Bool) throws(ConsoleAccess.Refusal) {
        let allowed: [HTTPMethod] = isChange ? [.POST] : [.GET, .HEAD]
        guard allowed.contains(head.method) else {
            throw ConsoleAccess.Refusal(
                status: .methodNotAllowed,
                message: isChange
                    ? "Nothing was done: this address takes forms of the console's page alone."
                    : "This address can only be read.")
        }
    }

    /// Exchanges the token for the cookie.
    private func enter(_ head: HTTPRequestHead, _ target: Target) throws -> ServerReply {
        guard let token = target["token"] else { throw ConsoleAccess.noToken }
        guard access.isToken(token) else {
            throw ConsoleAccess.Refusal(
                status: .forbidden,
                message: "The address has the token of another run. Open the one that the terminal shows now.")
        }
        // A browser that follows a link of another site leaves out the cookie on its way through a redirect.
        let isForeign = head.headers["sec-fetch-site"].contains { $0 != "none" && $0 != "same-origin" }
        return Replies.entrance(to: access.path, cookie: access.setCookie, asPage: isForeign)
    }

    // MARK: Actions

    private func perform(_ action: ConsoleAction, _ form: [String: String], _ wantsJSON: Bool) async -> ServerReply {
        let result: ActionResult
        do {
            switch try await action.perform(actions, form) {
            case .done(let text): result = ActionResult(tone: "good", text: text)
            case .planHasChanged(let id, let reason):
                result = ActionResult(tone: "warn", text: Words.line(reason, limit: 1_000))
                let key = results.add(result)
                return Replies.redirect(
                    to: "\(access.path)plan?experiment=\(percentEncoded(id))&result=\(key)", asJSON: wantsJSON)
            }
        } catch {
            result = ActionResult(tone: "bad", text: Words.line("\(error)", limit: 1_000))
        }
        board.hasChanged()
        if wantsJSON { return Replies.json(result.json) }
        return Replies.redirect(to: "\(access.path)?result=\(results.add(result))", asJSON: false)
    }

    private func plan(_ id: String, result: ActionResult?) async throws -> ServerReply {
        let drawn = try await board.drawn()
        guard let experiment = drawn.snapshot.experiments.first(where: { $0.id == id }) else {
            throw ConsoleAccess.Refusal(
                status: .notFound, message: "There is no experiment '\(Words.line(id))' in the folder any more.")
        }
        let plan: Result<ConsolePlan, any Error>
        do {
            // What stands in its way is shown in the place of a plan.
            if let problem = experiment.problem { throw ConsoleError(.notPossible, problem) }
            plan = .success(try await actions.plan(experiment: id))
        } catch {
            plan = .failure(error)
        }
        let form = Form(path: access.path, token: access.formToken)
        let page = PlanPage(experiment: experiment, snapshot: drawn.snapshot, plan: plan, result: result, form: form)
        return Replies.page(page.page())
    }
}
