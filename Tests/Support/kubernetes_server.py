"""A scripted Kubernetes API server on 127.0.0.1 that kubectl accepts, and a CONNECT proxy beside it.

Objects are kept in memory and are what clients made them: there are no controllers, schedulers or kubelets. A command
that a client executes in a pod runs on this machine. Prints one line, `<port> <proxy port> <control port>`, and ends
when its standard input closes.

The control port takes one line of JSON, and answers with the requests so far (method, target, user, headers, the TLS
name asked for and the body). Each member of the line is optional:
  reset         true: everything is as at the start, and open connections do not count any more
  tokens        the bearer tokens that are accepted, `{"<token>": "<user>"}`
  certificates  the common names of client certificates that are accepted, as a list
  objects       objects to store, by `{"<path of the collection>": [object, …]}`
  faults        answers to give instead, in order: `{"method", "path", "status", "body", "headers", "times", "cut"}`
  forget        true: forget the history, so that older resource versions and page tokens are gone (410)
  end_watches   true: end the watches that are open
  on_watch      a script to perform when the next watch has begun
  budget        for evictions: how many are refused with 429 before one is allowed
  subprotocols  what exec speaks, in the server's order of preference
  cut_exec      for exec: how many bytes of the first message with output are sent before the connection is cut
  remove        paths of objects to remove, as others would
  kinds         further kinds of objects, `{"<group/version>": [["<plural>", "<Kind>", <namespaced>], …]}`; the
                definitions of custom resources that are stored add theirs, too
  state         true: answer with all objects by path instead, without what differs from object to object of a name
"""
import base64, copy, hashlib, http.server, json, os, re, select, socket, ssl, struct, subprocess, sys, threading, urllib.parse

# Kinds by group and version: plural, kind, namespaced, short names.
KINDS = {
    "v1": [("pods", "Pod", True, ["po"]), ("nodes", "Node", False, ["no"]), ("namespaces", "Namespace", False, ["ns"]),
           ("services", "Service", True, ["svc"]), ("configmaps", "ConfigMap", True, ["cm"]),
           ("secrets", "Secret", True, []), ("endpoints", "Endpoints", True, ["ep"]), ("events", "Event", True, ["ev"]),
           ("serviceaccounts", "ServiceAccount", True, ["sa"]),
           ("replicationcontrollers", "ReplicationController", True, ["rc"]),
           ("persistentvolumeclaims", "PersistentVolumeClaim", True, ["pvc"]),
           ("persistentvolumes", "PersistentVolume", False, ["pv"])],
    "apps/v1": [("deployments", "Deployment", True, ["deploy"]), ("statefulsets", "StatefulSet", True, ["sts"]),
                ("daemonsets", "DaemonSet", True, ["ds"]), ("replicasets", "ReplicaSet", True, ["rs"])],
    "batch/v1": [("jobs", "Job", True, []), ("cronjobs", "CronJob", True, ["cj"])],
    "networking.k8s.io/v1": [("ingresses", "Ingress", True, ["ing"]), ("networkpolicies", "NetworkPolicy", True, ["netpol"])],
    "policy/v1": [("poddisruptionbudgets", "PodDisruptionBudget", True, ["pdb"])],
    "apiextensions.k8s.io/v1": [("customresourcedefinitions", "CustomResourceDefinition", False, ["crd"])],
    "rbac.authorization.k8s.io/v1": [("roles", "Role", True, []), ("clusterroles", "ClusterRole", False, []),
                                     ("rolebindings", "RoleBinding", True, []),
                                     ("clusterrolebindings", "ClusterRoleBinding", False, [])],
    "chaos-mesh.org/v1alpha1": [("networkchaos", "NetworkChaos", True, []), ("podchaos", "PodChaos", True, []),
                                ("stresschaos", "StressChaos", True, [])],
}
# Kinds whose deletion is answered with the object.
RETURNED = ["Pod", "Service", "ServiceAccount", "PersistentVolume", "PersistentVolumeClaim"]
BUILT_IN = copy.deepcopy(KINDS)
VERBS = ["create", "delete", "get", "list", "patch", "update", "watch"]


class State:
    lock = threading.Condition()
    version = 1000
    oldest = 0        # the newest version that is forgotten
    epoch = 0         # counts the ends of watches
    objects = {}      # (collection path without namespace, namespace, name) -> object
    history = []      # (version, key, type, object)
    tokens, certificates, faults, requests = {}, [], [], []
    budget = 0
    on_watch = None
    cut_exec = None
    subprotocols = ["v5.channel.k8s.io", "v4.channel.k8s.io"]
    generation = 0    # counts the resets

    @classmethod
    def reset(cls):
        cls.version, cls.oldest, cls.objects, cls.history = 1000, 0, {}, []
        cls.tokens, cls.certificates, cls.faults, cls.requests, cls.budget = {}, [], [], [], 0
        cls.subprotocols, cls.on_watch, cls.cut_exec = ["v5.channel.k8s.io", "v4.channel.k8s.io"], None, None
        cls.generation += 1
        cls.epoch += 1
        KINDS.clear()
        KINDS.update(copy.deepcopy(BUILT_IN))


def record(kind, key, item):
    State.version += 1
    item["metadata"]["resourceVersion"] = str(State.version)
    State.history.append((State.version, key, kind, copy.deepcopy(item)))
    State.lock.notify_all()


def store(collection, namespace, item):
    parts = collection.split("/")
    version = "/".join(parts[1:-1])
    item.setdefault("apiVersion", version)
    item.setdefault("kind", next(k[1] for k in KINDS[version] if k[0] == parts[-1]))
    meta = item.setdefault("metadata", {})
    if "name" not in meta: meta["name"] = meta.pop("generateName", "x-") + str(State.version)
    if namespace: meta["namespace"] = namespace
    meta.setdefault("uid", "uid-%s-%d" % (meta["name"], State.version))
    meta.setdefault("creationTimestamp", "2026-01-01T00:00:00Z")
    key = (collection, namespace or "", meta["name"])
    old = State.objects.get(key)
    if old:  # what only the server writes
        for name in ("uid", "creationTimestamp"): meta[name] = old["metadata"][name]
    if item["kind"] == "CustomResourceDefinition":
        names = item["spec"]["names"]
        for version in item["spec"]["versions"]:
            add_kind(item["spec"]["group"] + "/" + version["name"], names["plural"], names["kind"],
                     item["spec"]["scope"] == "Namespaced")
    record("MODIFIED" if old else "ADDED", key, item)
    State.objects[key] = item
    return item


def add_kind(version, plural, kind, namespaced):
    kinds = KINDS.setdefault(version, [])
    if plural not in [k[0] for k in kinds]: kinds.append((plural, kind, namespaced, []))


class Failure(Exception):
    def __init__(self, code, reason, message, causes=(), headers=(), retry=0, token=None):
        details = {"causes": list(causes)}
        if retry: details["retryAfterSeconds"] = retry
        self.code, self.headers = code, dict(headers)
        self.status = {"kind": "Status", "apiVersion": "v1", "metadata": {"continue": token} if token else {},
                       "status": "Failure", "message": message, "reason": reason, "details": details, "code": code}


def merge(old, new):
    """RFC 7386; lists of objects with names are merged by name, as a strategic merge does."""
    if not isinstance(old, dict) or not isinstance(new, dict): return copy.deepcopy(new)
    result = dict(old)
    for key, value in new.items():
        if key.startswith("$"): continue
        if value is None: result.pop(key, None)
        else: result[key] = merge(result.get(key), value)
    return result


def strategic(old, new):
    if isinstance(old, list) and isinstance(new, list) and all(isinstance(x, dict) and "name" in x for x in old + new):
        names = {x["name"]: x for x in old}
        for x in new: names[x["name"]] = strategic(names.get(x["name"], {}), x)
        return list(names.values())
    if not isinstance(old, dict) or not isinstance(new, dict): return copy.deepcopy(new)
    result = dict(old)
    for key, value in new.items():
        if key.startswith("$"): continue
        if value is None: result.pop(key, None)
        else: result[key] = strategic(result.get(key), value)
    return result


def json_patch(item, operations):
    for operation in operations:
        parts = [x.replace("~1", "/").replace("~0", "~") for x in operation["path"].split("/")[1:]]
        target = item
        for part in parts[:-1]: target = target[int(part) if isinstance(target, list) else part]
        last = int(parts[-1]) if isinstance(target, list) and parts[-1] != "-" else parts[-1]
        kind = operation["op"]
        if kind == "test":
            if target.get(last) != operation["value"]: raise Failure(422, "Invalid", "the test of a JSON patch failed")
        elif kind == "remove": del target[last]
        elif last == "-": target.append(operation["value"])
        elif kind == "add" and isinstance(target, list): target.insert(last, operation["value"])
        else: target[last] = operation["value"]
    return item


def field(item, path):
    for part in path.split("."): item = (item or {}).get(part)
    return item or ""


TERM = re.compile(r"\s*(!?)([A-Za-z0-9._/-]+)\s*(?:(!=|==?)\s*([A-Za-z0-9._-]*)|(in|notin)\s*\(([^()]*)\))?\s*$")


def selected(item, query):
    for term in filter(None, query.get("fieldSelector", "").split(",")):
        name, _, value = term.replace("==", "=").partition("=")
        if name.endswith("!"):
            if field(item, name[:-1]) == value: return False
        elif field(item, name) != value: return False
    labels = item["metadata"].get("labels") or {}
    for term in terms(query.get("labelSelector", "")):
        absent, name, operator, value, among, values = TERM.match(term).groups()
        have = labels.get(name)
        if among:
            if (have in [v.strip() for v in values.split(",")]) != (among == "in"): return False
        elif not operator:
            if (name in labels) == bool(absent): return False
        elif (have == value) == (operator == "!="): return False
    return True


def terms(selector):
    """The requirements of a label selector; 400 for what is none."""
    found = [x for x in re.split(r",(?![^(]*\))", selector) if x.strip()]
    for term in found:
        if not TERM.match(term): raise Failure(400, "BadRequest", "unable to parse requirement: found '%s'" % term)
        values = TERM.match(term).group(6)
        if values and not all(re.fullmatch(r"\s*[A-Za-z0-9._-]*\s*", v) for v in values.split(",")):
            raise Failure(400, "BadRequest", "unable to parse requirement: values[0]: Invalid value: \"%s\"" % values)
    return found


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body go in two writes, which else wait for each other

    def log_message(self, *_): pass

    def setup(self):
        self.asked_name = None
        self.generation = State.generation
        if isinstance(self.request, ssl.SSLSocket):
            self.request.settimeout(60)
            self.request.do_handshake()
            self.asked_name = getattr(self.request, "asked_name", None)
        super().setup()

    def reply(self, code, value, headers=()):
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(code)
        self.send_header("Content-Type", "text/plain" if isinstance(value, bytes) else "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, text in dict(headers).items(): self.send_header(name, text)
        self.end_headers()
        self.wfile.write(body)

    def user(self):
        authorization = self.headers.get("Authorization", "")
        if authorization.startswith("Bearer "):
            return State.tokens.get(authorization[7:])
        if authorization.startswith("Basic "):
            name, _, password = base64.b64decode(authorization[6:]).decode().partition(":")
            return name if State.tokens.get("basic:" + password) == name else None
        certificate = self.connection.getpeercert() if isinstance(self.connection, ssl.SSLSocket) else None
        names = [v for rdn in (certificate or {}).get("subject", ()) for k, v in rdn if k == "commonName"]
        return next((n for n in names if n in State.certificates), None)

    def handle_one(self):
        length = int(self.headers.get("Content-Length") or 0)
        raw = self.rfile.read(length) if length else b""
        url = urllib.parse.urlsplit(self.path)
        lists = urllib.parse.parse_qs(url.query, keep_blank_values=True)
        query = {name: values[-1] for name, values in lists.items()}
        user = self.user()
        try: body = json.loads(raw) if raw else None
        except ValueError: body = {}  # protobuf, in which kubectl sends options
        with State.lock:
            if self.generation != State.generation:
                self.close_connection = True
                return self.connection.close()
            State.requests.append({"method": self.command, "target": self.path, "user": user, "body": copy.deepcopy(body),
                "name": self.asked_name, "headers": {k.lower(): ", ".join(self.headers.get_all(k)) for k in self.headers}})
            fault = next((f for f in State.faults if f.get("method", self.command) == self.command
                          and url.path.startswith(f.get("path", "/"))
                          and f.get("query", "") in url.query), None)
            if fault:
                fault["times"] = fault.get("times", 1) - 1
                if fault["times"] <= 0: State.faults.remove(fault)
        if fault and fault.get("cut"):
            self.close_connection = True
            return self.connection.close()
        if fault: return self.reply(fault["status"], fault.get("body", {}), fault.get("headers", {}))
        try:
            if not user: raise Failure(401, "Unauthorized", "Unauthorized")
            self.route(url.path.strip("/").split("/"), query, lists, body)
        except Failure as failure: self.reply(failure.code, failure.status, failure.headers)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_one

    # Paths.

    def route(self, parts, query, lists, body):
        if parts == ["version"]: return self.reply(200, {"major": "1", "minor": "32", "gitVersion": "v1.32.0"})
        if parts == ["api"]: return self.reply(200, {"kind": "APIVersions", "versions": ["v1"]})
        if parts == ["apis"]:
            groups = []
            for name in KINDS:
                if "/" not in name: continue
                versions = [{"groupVersion": name, "version": name.split("/")[1]}]
                groups.append({"name": name.split("/")[0], "versions": versions, "preferredVersion": versions[0]})
            return self.reply(200, {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})
        size = 2 if parts[0] == "api" else 3
        version = "/".join(parts[1:size])
        if len(parts) < size or version not in KINDS:
            raise Failure(404, "NotFound", "the server could not find the requested resource")
        if len(parts) == size:
            resources = [{"name": p, "singularName": k.lower(), "kind": k, "namespaced": n, "verbs": VERBS, "shortNames": s}
                         for p, k, n, s in KINDS[version]]
            if version == "v1":  # what kubectl looks for before it drains a node
                resources.append({"name": "pods/eviction", "singularName": "", "kind": "Eviction", "namespaced": True,
                                  "group": "policy", "version": "v1", "verbs": ["create"]})
            return self.reply(200, {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": version,
                                    "resources": resources})
        prefix, rest, namespace = parts[:size], parts[size:], None
        if rest[0] == "namespaces" and len(rest) > 2: namespace, rest = rest[1], rest[2:]
        kind = next((k for k in KINDS[version] if k[0] == rest[0]), None)
        if not kind: raise Failure(404, "NotFound", "the server could not find the requested resource")
        collection = "/".join(prefix + rest[:1])
        if len(rest) == 1: return self.collection(collection, version, kind, namespace, query, body)
        self.item((collection, namespace or "", rest[1]), version, kind, rest[2:], query, lists, body)

    def collection(self, collection, version, kind, namespace, query, body):
        if self.command == "POST":
            with State.lock:
                key = (collection, namespace or "", body["metadata"].get("name"))
                if key in State.objects:
                    raise Failure(409, "AlreadyExists", '%s "%s" already exists' % (kind[0], key[2]))
                if body["metadata"].get("name", "").upper() == body["metadata"].get("name", "x"):
                    raise Failure(422, "Invalid", '%s "%s" is invalid' % (kind[1], key[2]), [
                        {"reason": "FieldValueInvalid", "message": "must be lower case", "field": "metadata.name"}])
                return self.reply(201, store(collection, namespace, body))
        terms(query.get("labelSelector", ""))
        if query.get("watch") in ("true", "1"): return self.watch(collection, version, kind, namespace, query)
        if "application/json;as=Table" in self.headers.get("Accept", "").split(",")[0]: pass  # plain lists are accepted
        with State.lock:
            items = [v for k, v in sorted(State.objects.items())
                     if k[0] == collection and namespace in (None, k[1]) and selected(v, query)]
            start, version_now = 0, State.version
            if "continue" in query:
                start, version_now = map(int, base64.b64decode(query["continue"]).split())
                if version_now <= State.oldest:
                    raise Failure(410, "Expired", "The provided continue parameter is too old")
            limit = int(query.get("limit") or 0) or len(items)
            meta = {"resourceVersion": str(version_now)}
            if start + limit < len(items):
                meta["continue"] = base64.b64encode(b"%d %d" % (start + limit, version_now)).decode()
            self.reply(200, {"kind": kind[1] + "List", "apiVersion": version, "metadata": meta,
                             "items": items[start:start + limit]})

    def item(self, key, version, kind, rest, query, lists, body):
        if rest == ["exec"]: return self.execute(key, query, lists)
        with State.lock:
            if key not in State.objects: raise Failure(404, "NotFound", '%s "%s" not found' % (kind[0], key[2]))
            old = State.objects[key]
            if rest == ["log"]:
                lines = (field(old, "metadata.annotations") or {}).get("log", "").splitlines(True)
                if "tailLines" in query: lines = lines[-int(query["tailLines"]):]
                return self.reply(200, "".join(lines).encode())
            if rest == ["eviction"]: return self.evict(key, body)
            if self.command == "GET": return self.reply(200, old)
            if self.command == "DELETE":
                uid = ((body or {}).get("preconditions") or {}).get("uid")
                if uid and uid != old["metadata"]["uid"]:
                    raise Failure(409, "Conflict", "the UID in the precondition (%s) does not match" % uid)
                if old["metadata"].get("finalizers"):
                    old["metadata"].setdefault("deletionTimestamp", "2026-01-01T00:00:00Z")
                    record("MODIFIED", key, old)
                    return self.reply(200, old)
                del State.objects[key]
                record("DELETED", key, old)
                if kind[1] in RETURNED: return self.reply(200, old)
                return self.reply(200, {"kind": "Status", "apiVersion": "v1", "status": "Success",
                    "details": {"name": key[2], "kind": kind[0], "uid": old["metadata"]["uid"]}})
            if self.command == "PUT":
                wanted = body["metadata"].get("resourceVersion")
                if wanted and wanted != old["metadata"]["resourceVersion"]:
                    raise Failure(409, "Conflict", "the object has been modified; please apply your changes to the latest version")
                return self.reply(200, store(key[0], key[1] or None, body))
            form = self.headers["Content-Type"].split(";")[0]
            if form == "application/json-patch+json": new = json_patch(copy.deepcopy(old), body)
            elif form == "application/merge-patch+json": new = merge(old, body)
            elif form in ("application/strategic-merge-patch+json", "application/apply-patch+yaml"):
                if form.startswith("application/strategic") and (version not in BUILT_IN or "chaos" in version):
                    raise Failure(415, "UnsupportedMediaType", "the body of the request was in an unknown format")
                new = strategic(old, body)
            else: raise Failure(415, "UnsupportedMediaType", "the body of the request was in an unknown format")
            return self.reply(200, store(key[0], key[1] or None, new))

    def evict(self, key, body):
        if State.budget > 0:
            State.budget -= 1
            raise Failure(429, "TooManyRequests", "Cannot evict pod as it would violate the pod's disruption budget.", [
                {"reason": "DisruptionBudget", "message": "The disruption budget web needs 2 healthy pods and has 2 currently"}],
                {"Retry-After": "10"}, retry=10)
        item = State.objects[key]
        if item["metadata"].get("finalizers"):
            item["metadata"].setdefault("deletionTimestamp", "2026-01-01T00:00:00Z")
            record("MODIFIED", key, item)
        else: record("DELETED", key, State.objects.pop(key))
        self.reply(201, {"kind": "Status", "apiVersion": "v1", "status": "Success"})

    # Watch.

    def watch(self, collection, version, kind, namespace, query):
        seen = int(query.get("resourceVersion") or 0)
        with State.lock:
            epoch = State.epoch
            initial = [] if seen else [v for k, v in sorted(State.objects.items())
                                       if k[0] == collection and namespace in (None, k[1]) and selected(v, query)]
            if not seen: seen = State.version
            gone = seen < State.oldest
            if State.on_watch: apply(State.on_watch)
            State.on_watch = None
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

        def send(kind, item):
            line = json.dumps({"type": kind, "object": item}).encode() + b"\n"
            # In two pieces, as a line may come.
            for piece in (line[:len(line) // 2], line[len(line) // 2:]):
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
                self.wfile.flush()

        if gone:
            send("ERROR", Failure(410, "Expired", "too old resource version: %d (%d)" % (seen, State.oldest)).status)
            self.wfile.write(b"0\r\n\r\n")
            return
        for item in initial: send("ADDED", item)
        while True:
            with State.lock:
                news = [h for h in State.history if h[0] > seen]
                if not news and State.epoch == epoch:
                    State.lock.wait(30)
                    continue
                ended = not news
            for number, key, change, item in news:
                seen = number
                if key[0] == collection and namespace in (None, key[1]) and selected(item, query): send(change, item)
            if ended:
                if query.get("allowWatchBookmarks") == "true":
                    send("BOOKMARK", {"kind": kind[1], "apiVersion": version,
                                      "metadata": {"resourceVersion": str(max(seen, State.version))}})
                self.wfile.write(b"0\r\n\r\n")
                return

    # Exec: a command of this machine, over a WebSocket.

    def execute(self, key, query, lists):
        if self.headers.get("Upgrade", "").lower() != "websocket":
            raise Failure(400, "BadRequest", "Upgrade request required")
        if key not in State.objects: raise Failure(404, "NotFound", 'pods "%s" not found' % key[2])
        containers = [c["name"] for c in State.objects[key].get("spec", {}).get("containers", [])]
        if query.get("container") and query["container"] not in containers:
            raise Failure(400, "BadRequest", "container %s is not valid for pod %s" % (query["container"], key[2]))
        offered = [x.strip() for x in self.headers.get("Sec-WebSocket-Protocol", "").split(",")]
        chosen = next((p for p in State.subprotocols if p in offered), None)
        if not chosen: raise Failure(403, "Forbidden", "unable to upgrade: unable to negotiate protocol")
        accept = hashlib.sha1((self.headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
        self.send_response(101)
        for name, value in (("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Protocol", chosen),
                            ("Sec-WebSocket-Accept", base64.b64encode(accept).decode())):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.flush()
        self.close_connection = True
        wants_input = query.get("stdin") in ("true", "1")
        command = subprocess.Popen(lists["command"], stdin=subprocess.PIPE if wants_input else subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        exchange = Exchange(self.connection, command, chosen.startswith("v5"))
        try: exchange.run()
        except OSError: command.kill()
        finally:
            command.wait()
            for stream in (command.stdin, command.stdout, command.stderr):
                if stream: stream.close()


class Exchange:
    """The frames of a WebSocket on one side, the streams of a command on the other.

    All of it in one thread: a TLS connection must not be read and written at the same time.
    """
    def __init__(self, connection, command, ends_input):
        self.connection, self.command, self.ends_input = connection, command, ends_input
        self.received, self.input, self.outgoing = bytearray(), bytearray(), bytearray()
        self.streams = {command.stdout: 1, command.stderr: 2}
        self.is_input_ended = self.is_cut = False
        connection.setblocking(False)
        if command.stdin: os.set_blocking(command.stdin.fileno(), False)

    def run(self):
        self.send(9, b"are you there")
        while self.streams and not self.is_cut: self.step()
        code = self.command.wait()
        status = {"metadata": {}, "status": "Success"} if code == 0 else {
            "metadata": {}, "status": "Failure", "reason": "NonZeroExitCode",
            "message": "command terminated with non-zero exit code",
            "details": {"causes": [{"reason": "ExitCode", "message": str(code)}]}}
        self.send(2, b"\x03" + json.dumps(status).encode())
        self.send(8, struct.pack(">H", 1000))
        while self.outgoing: self.step()
        # Until the client closes: with bytes that were not read, closing first would reset what is still under way.
        while True: self.step()

    def step(self):
        stdin = self.command.stdin
        takes_input = stdin and not stdin.closed and (self.input or self.is_input_ended)
        writers = [self.connection] * bool(self.outgoing) + [stdin] * bool(takes_input)
        readable, writable, _ = select.select([self.connection, *self.streams], writers, [])
        if self.connection in writable: self.flush()
        if stdin in writable: self.feed()
        for stream in [x for x in self.streams if x in readable]:
            if data := stream.read1(4096): self.send(2, bytes([self.streams[stream]]) + data)
            else: del self.streams[stream]
        if self.connection in readable: self.receive()

    def send(self, opcode, payload):
        size = len(payload)
        head = bytes([0x80 | opcode]) + (bytes([size]) if size < 126 else b"\x7e" + struct.pack(">H", size))
        if State.cut_exec is None or opcode != 2: self.outgoing += head + payload
        elif not self.is_cut:
            self.outgoing += (head + payload)[:State.cut_exec]
            self.is_cut = True
            while self.outgoing: self.step()
            self.connection.shutdown(socket.SHUT_RDWR)
            raise ConnectionAbortedError

    def flush(self):
        try: del self.outgoing[:self.connection.send(self.outgoing)]
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError): pass

    def feed(self):
        try:
            if self.input: del self.input[:os.write(self.command.stdin.fileno(), self.input[:4096])]
        except BlockingIOError: return
        except BrokenPipeError: self.input.clear()
        if self.is_input_ended and not self.input: self.command.stdin.close()

    def receive(self):
        while True:
            try: data = self.connection.recv(65536)
            except ssl.SSLWantReadError: return
            if not data: raise ConnectionResetError
            self.received += data
            while self.take_frame(): pass

    def take_frame(self):
        if len(self.received) < 2: return False
        first, second = self.received[:2]
        size, start = second & 0x7F, 2
        if size >= 126:
            start = 4 if size == 126 else 10
            if len(self.received) < start: return False
            size = int.from_bytes(self.received[2:start], "big")
        end = start + 4 + size
        if len(self.received) < end: return False
        mask = self.received[start:start + 4]
        data = bytes(b ^ mask[i % 4] for i, b in enumerate(self.received[start + 4:end]))
        del self.received[:end]
        if first & 15 == 8: raise ConnectionResetError
        if first & 15 == 2:
            if data[0] == 0: self.input += data[1:]
            elif data[0] == 255 and self.ends_input: self.is_input_ended = True
        return True


def collection_of(path):
    """The path of a collection without its namespace, and the namespace."""
    parts = path.strip("/").split("/")
    if "namespaces" not in parts[:-1]: return "/".join(parts), None
    at = parts.index("namespaces")
    return "/".join(parts[:at] + parts[at + 2:]), parts[at + 1]


def state():
    found = {}
    for (collection, namespace, name), item in State.objects.items():
        item = copy.deepcopy(item)
        for member in ("uid", "resourceVersion", "creationTimestamp"): item["metadata"].pop(member, None)
        found["/".join(filter(None, (collection, namespace, name)))] = item
    return found


def apply(script):
    if script.get("reset"): State.reset()
    for name in ("tokens", "certificates", "faults", "budget", "subprotocols", "on_watch", "cut_exec"):
        if name in script: setattr(State, name, script[name])
    for version, kinds in script.get("kinds", {}).items():
        for kind in kinds: add_kind(version, *kind)
    for path, items in script.get("objects", {}).items():
        collection, namespace = collection_of(path)
        for item in items: store(collection, namespace, item)
    for path in script.get("remove", []):
        folder, _, name = path.rpartition("/")
        collection, namespace = collection_of(folder)
        key = (collection, namespace or "", name)
        record("DELETED", key, State.objects.pop(key))
    if script.get("forget"):
        State.version += 1
        State.history, State.oldest = [], State.version
    if script.get("end_watches"): State.epoch += 1
    State.lock.notify_all()


def control(listener):
    while True:
        client, _ = listener.accept()
        script = json.loads(client.makefile().readline())
        with State.lock:
            apply(script)
            answer = json.dumps([state()] if script.get("state") else State.requests)
        client.sendall(answer.encode())
        client.close()


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_): pass


def proxy(listener):
    """Serves CONNECT, with the user `ann` and the password `s3cret`; the requests are counted as method PROXY."""
    def copy_bytes(a, b):
        try:
            while (data := a.recv(65536)): b.sendall(data)
        except OSError: pass
        for s in (a, b):
            try: s.shutdown(socket.SHUT_RDWR)
            except OSError: pass

    def serve(client):
        head = b""
        while b"\r\n\r\n" not in head: head += client.recv(65536) or b"\r\n\r\n"
        lines = head.decode().split("\r\n")
        login = base64.b64encode(b"ann:s3cret").decode()
        with State.lock: State.requests.append({"method": "PROXY", "target": lines[0].split(" ")[1]})
        if not any(x.lower().startswith("proxy-authorization: basic ") and x.endswith(login) for x in lines):
            return client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
        # Whatever the name: the server here.
        server = socket.create_connection(("127.0.0.1", port))
        client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        threading.Thread(target=copy_bytes, args=(server, client), daemon=True).start()
        copy_bytes(client, server)

    while True:
        client, _ = listener.accept()
        threading.Thread(target=serve, args=(client,), daemon=True).start()


certificate, authority = sys.argv[1:3]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate)
context.load_verify_locations(authority)
context.verify_mode = ssl.CERT_OPTIONAL
def note_name(connection, name, _): connection.asked_name = name
context.sni_callback = note_name
server = Server(("127.0.0.1", 0), Handler)
port = server.server_port
server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
listener = socket.create_server(("127.0.0.1", 0))
control_listener = socket.create_server(("127.0.0.1", 0))
threading.Thread(target=proxy, args=(listener,), daemon=True).start()
threading.Thread(target=control, args=(control_listener,), daemon=True).start()
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
print(port, listener.getsockname()[1], control_listener.getsockname()[1], flush=True)
server.serve_forever()
