"""A scripted ECS on 127.0.0.1 that plays deployments, with Elastic Load Balancing, Application Auto Scaling and Compute
Optimizer beside it, at one address.

A deployment is played step by step: each `DescribeServices` of its service is one step, made before the answer, so
nothing depends on the clock. The time is that of the requests (`X-Amz-Date`), so that a client's clock may be any.
Prints one line, `<port> <control port>`, and ends when its standard input closes.

The control port takes one line of JSON, and answers with the requests so far: `[{"service", "operation", "input"}]`, in
order; `service` is the prefix of IAM's actions. Each member of the line is optional:
  reset     true: everything is as at the start, without services
  time      seconds since 1970, until a request tells a time
  services  services to create: `{"name": "web", …}`. Further members are those of a service of DescribeServices, and:
            `cluster` (its name), `strategy`, `task` (members of its task definition), `scaling` (`{"minimum",
            "maximum"}` of Application Auto Scaling), `targetGroups` (their number), `classic` (the number of classic
            load balancers), `express` (true: an Express service), `recommendation` (members of Compute Optimizer's),
            `rollout` (false: without rolloutState), `keepsDeployment` (true: `currentServiceDeployment` stays when the
            deployment has ended), `stale` (so many DescribeServices after a change still tell of the time before)
  plays     what becomes of the deployments of a service, in order, and `success` after the last one:
            `{"web": ["crash", "success"]}`. A way back is a deployment, too, by ECS itself as well as by others.
            A play is a name of `PLAYS`, or a list of steps, each a mapping of what changes, see `scripted`
  faults    answers to give instead, in order: `{"operation", "status", "code", "message", "times", "skip"}`, or with
            `cut` (`before` or `after` the operation has its effect the connection is closed) or `hang` (the same, and
            no answer comes). `times` is 1 unless it is said, 0 for always; with `text` only requests whose input has it
  on        scripts to perform when an operation has had its effect, before its answer: `{"operation", "skip",
            "script"}`
  deploy    deployments that others start: `{"web": "<family:revision or ARN>"}`
  stop      services whose deployment is taken back by others
  remove    services that others delete
  state     true: answer with `[{"services": …, "taskDefinitions": …, "serviceDeployments": …, "scaling": …}]`
            instead
"""
import calendar, copy, hashlib, http.server, json, math, os, socket, sys, threading, time, urllib.parse
from xml.sax.saxutils import escape

ACCOUNT, REGION = "123456789012", "eu-central-1"
ECS = "arn:aws:ecs:%s:%s:" % (REGION, ACCOUNT)
GROUP = "arn:aws:elasticloadbalancing:%s:%s:targetgroup/" % (REGION, ACCOUNT)

# Members of inputs, as botocore has them. What is not here is refused, as botocore does.
REGISTRABLE = ("family taskRoleArn executionRoleArn networkMode containerDefinitions volumes placementConstraints "
               "requiresCompatibilities cpu memory tags pidMode ipcMode proxyConfiguration inferenceAccelerators "
               "ephemeralStorage runtimePlatform enableFaultInjection trustedExecutionConfiguration")
INPUTS = {
    "DescribeServices": "cluster services include",
    "DescribeTaskDefinition": "taskDefinition include",
    "RegisterTaskDefinition": REGISTRABLE,
    "DeregisterTaskDefinition": "taskDefinition",
    "UpdateService": "cluster service desiredCount taskDefinition capacityProviderStrategy deploymentConfiguration "
                     "availabilityZoneRebalancing networkConfiguration placementConstraints placementStrategy "
                     "platformVersion forceNewDeployment healthCheckGracePeriodSeconds deploymentController "
                     "enableExecuteCommand enableECSManagedTags loadBalancers propagateTags serviceRegistries "
                     "serviceConnectConfiguration volumeConfigurations vpcLatticeConfigurations gatewayConnectors "
                     "monitoring",
    "DescribeServiceDeployments": "serviceDeploymentArns",
    "ListServiceDeployments": "service cluster status createdAt nextToken maxResults",
    "StopServiceDeployment": "serviceDeploymentArn stopType",
    "ContinueServiceDeployment": "serviceDeploymentArn hookId action",
    "DescribeServiceRevisions": "serviceRevisionArns",
    "ListTasks": "cluster containerInstance family nextToken maxResults startedBy serviceName desiredStatus launchType "
                 "daemonName",
    "DescribeTasks": "cluster tasks include",
    "TagResource": "resourceArn tags",
    "DescribeExpressGatewayService": "serviceArn include",
    "UpdateExpressGatewayService": "serviceArn executionRoleArn healthCheckPath primaryContainer taskRoleArn "
                                   "networkConfiguration cpu memory cpuArchitecture scalingTarget taskDefinitionArn",
    "DescribeScalableTargets": "ServiceNamespace ResourceIds ScalableDimension MaxResults NextToken",
    "RegisterScalableTarget": "ServiceNamespace ResourceId ScalableDimension MinCapacity MaxCapacity RoleARN "
                              "SuspendedState Tags",
    "GetECSServiceRecommendations": "serviceArns nextToken maxResults filters accountIds",
}

# Fargate's memory (MiB) by CPU units.
SIZES = {256: [512, 1024, 2048], 512: range(1024, 4097, 1024), 1024: range(2048, 8193, 1024),
         2048: range(4096, 16385, 1024), 4096: range(8192, 30721, 1024), 8192: range(16384, 61441, 4096),
         16384: range(32768, 122881, 8192), 32768: [61440, 122880, 249856]}

# Why a task stops: stop code, its reason, the container's exit code and reason, and whether it ran before.
STOPS = {
    "crash": ("EssentialContainerExited", "Essential container in task exited", 1, None),
    "out_of_memory": ("EssentialContainerExited", "OutOfMemoryError: Container killed due to memory usage", 137,
                      "OutOfMemoryError: Container killed due to memory usage"),
    "image": ("TaskFailedToStart", "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed "
              "to resolve ref docker.io/library/web:missing: docker.io/library/web:missing: not found", None,
              "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref "
              "docker.io/library/web:missing: docker.io/library/web:missing: not found"),
    "no_secret": ("TaskFailedToStart", "ResourceInitializationError: unable to pull secrets or registry auth: "
                  "execution resource retrieval failed: unable to retrieve secret from asm: service call has been "
                  "retried 1 time(s): failed to fetch secret "
                  "arn:aws:secretsmanager:eu-central-1:123456789012:secret:db: "
                  "ResourceNotFoundException: Secrets Manager can't find the specified secret.", None, None),
    "unhealthy": ("ServiceSchedulerInitiated", "Task failed ELB health checks in (target-group "
                  "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/web-1/0123456789abcdef)", 143,
                  None),
    "container_health": ("ServiceSchedulerInitiated", "Task failed container health checks", 143, None),
    "scaled_in": ("ServiceSchedulerInitiated", "Scaling activity initiated by (deployment ecs-svc/0)", 0, None),
}
RUNS_FIRST = ["crash", "out_of_memory", "unhealthy", "container_health"]


class Failure(Exception):
    def __init__(self, code, message, status=400): self.code, self.message, self.status = code, message, status


class Clock:
    last = 0.0

    @classmethod
    def hear(cls, stamp):
        """The date of a request; if it is about now, then the finer time of this machine."""
        try: heard = calendar.timegm(time.strptime(stamp, "%Y%m%dT%H%M%SZ"))
        except (TypeError, ValueError): heard = time.time()
        now = time.time()
        if abs(now - heard) < 30: heard = now
        # Two things do not happen at the same time, unless the client's clock is another one now.
        cls.last = max(cls.last + 0.001, heard) if abs(heard - cls.last) < 86400 * 30 else float(heard)

    @classmethod
    def now(cls): return round(cls.last or time.time(), 3)


def digest(text, length=32): return hashlib.sha256(text.encode()).hexdigest()[:length]


class Rollout:
    """A deployment in a service's list: the tasks of one revision."""
    count = 0

    def __init__(self, service, task_definition, desired, group=0):
        Rollout.count += 1
        self.id = "ecs-svc/%019d" % (7_000_000_000_000_000_000 + Rollout.count)
        self.service, self.task_definition, self.desired, self.group = service, task_definition, desired, group
        self.running = self.pending = self.failed = 0
        self.healthy = None  # targets; all the running ones unless it is said
        self.status, self.rollout = "PRIMARY", "IN_PROGRESS"
        self.reason = "ECS deployment %s in progress." % self.id
        self.created = self.updated = Clock.now()
        self.weight = self.test = 0.0
        self.revision = ECS + "service-revision/%s/%s/%s" % (service.cluster, service.name, self.id[8:])

    def tasks(self):
        for index in range(self.running + self.pending):
            yield ECS + "task/%s/%s" % (self.service.cluster, digest("%s %s %d" % (self.id, self.failed, index)))

    def completed(self):
        self.rollout, self.reason = "COMPLETED", "ECS deployment %s completed." % self.id
        self.running, self.pending, self.healthy = self.desired, 0, None

    def describe(self):
        service = self.service
        result = {"id": self.id, "status": self.status, "taskDefinition": self.task_definition,
                  "desiredCount": self.desired, "pendingCount": self.pending, "runningCount": self.running,
                  "failedTasks": self.failed, "createdAt": self.created, "updatedAt": self.updated,
                  "platformVersion": service.extra.get("platformVersion", "1.4.0"), "platformFamily": "Linux",
                  "networkConfiguration": service.network}
        for name in ("launchType", "capacityProviderStrategy"):
            if name in service.extra: result[name] = service.extra[name]
        if service.shows_rollout:
            result["rolloutState"], result["rolloutStateReason"] = self.rollout, self.reason
        return result

    def summary(self, weighted):
        result = {"arn": self.revision, "requestedTaskCount": self.desired, "runningTaskCount": self.running,
                  "pendingTaskCount": self.pending}
        if weighted:
            result["requestedTestTrafficWeight"] = self.test
            result["requestedProductionTrafficWeight"] = self.weight
        return result


class ServiceDeployment:
    """What DescribeServiceDeployments shows."""
    IN_FLIGHT = ["PENDING", "IN_PROGRESS", "STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS"]

    def __init__(self, service, target, sources):
        self.service, self.target, self.sources = service, target, sources
        self.arn = ECS + "service-deployment/%s/%s/%s" % (service.cluster, service.name, digest(target.id, 21))
        self.status, self.reason, self.stage = "PENDING", None, None
        self.created, self.started, self.finished, self.stopped = Clock.now(), None, None, None
        self.updated = self.created
        self.failures, self.tripped, self.triggered, self.hook, self.rollback = 0, False, [], None, None
        self.configuration = copy.deepcopy(service.configuration)
        self.ended_monitoring = False

    @property
    def in_flight(self): return self.status in self.IN_FLIGHT

    @property
    def threshold(self):
        breaker = self.configuration["deploymentCircuitBreaker"]
        rule = breaker.get("thresholdConfiguration", {"type": "BOUNDED_PERCENT", "value": 50})
        count = rule["value"] if rule["type"] == "COUNT" else math.ceil(self.target.desired * rule["value"] / 100)
        return min(200, max(3, count)) if rule["type"] == "BOUNDED_PERCENT" else max(1, count)

    def end(self, status, reason=None):
        self.status, self.reason, self.ended_monitoring = status, reason or self.reason, True
        if status == "STOPPED": self.stopped = Clock.now()
        self.finished = Clock.now()

    def brief(self):
        return without_none({
            "serviceDeploymentArn": self.arn, "serviceArn": self.service.arn, "clusterArn": self.service.cluster_arn,
            "startedAt": self.started, "createdAt": self.created, "finishedAt": self.finished,
            "targetServiceRevisionArn": self.target.revision, "status": self.status, "statusReason": self.reason})

    def describe(self):
        weighted = self.service.strategy != "ROLLING"
        breaker, alarms = self.configuration["deploymentCircuitBreaker"], self.configuration.get("alarms")
        def monitor(enabled, triggered):
            if not enabled: return "DISABLED"
            if triggered: return "TRIGGERED"
            return "MONITORING_COMPLETE" if self.ended_monitoring else "MONITORING"
        result = {
            "serviceDeploymentArn": self.arn, "serviceArn": self.service.arn, "clusterArn": self.service.cluster_arn,
            "createdAt": self.created, "startedAt": self.started, "finishedAt": self.finished,
            "stoppedAt": self.stopped, "updatedAt": self.updated,
            "sourceServiceRevisions": [x.summary(weighted) for x in self.sources],
            "targetServiceRevision": self.target.summary(weighted), "status": self.status,
            "statusReason": self.reason, "lifecycleStage": self.stage,
            "deploymentConfiguration": self.configuration, "rollback": self.rollback,
            "lifecycleHookDetails": [self.hook] if self.hook else None,
            "deploymentCircuitBreaker": {"status": monitor(breaker.get("enable"), self.tripped),
                                         "failureCount": self.failures, "threshold": self.threshold},
        }
        if alarms and alarms.get("enable"):
            result["alarms"] = {"status": monitor(True, self.triggered), "alarmNames": alarms["alarmNames"],
                                "triggeredAlarmNames": self.triggered}
        else: result["alarms"] = {"status": "DISABLED", "alarmNames": [], "triggeredAlarmNames": []}
        return without_none(result)


class Service:
    def __init__(self, script):
        script = copy.deepcopy(script)
        self.name = script.pop("name")
        self.cluster = script.pop("cluster", "default")
        self.arn = ECS + "service/%s/%s" % (self.cluster, self.name)
        self.cluster_arn = ECS + "cluster/" + self.cluster
        self.status = script.pop("status", "ACTIVE")
        self.desired = script.pop("desiredCount", 2)
        self.strategy = script.pop("strategy", "ROLLING")
        self.configuration = {"deploymentCircuitBreaker": {"enable": False, "rollback": False}, "maximumPercent": 200,
                              "minimumHealthyPercent": 100, "strategy": self.strategy, "bakeTimeInMinutes": 0,
                              "lifecycleHooks": []}
        self.configuration.update(script.pop("deploymentConfiguration", {}))
        self.strategy = self.configuration["strategy"]
        self.scaling = script.pop("scaling", None)
        self.express = script.pop("express", False)
        self.recommendation = script.pop("recommendation", None)
        self.keeps_deployment = script.pop("keepsDeployment", False)
        self.stale, self.stale_answers = script.pop("stale", 0), []
        self.groups, self.classic = script.pop("targetGroups", 0), script.pop("classic", 0)
        self.shows_rollout = script.pop("rollout", self.classic == 0)
        self.network = script.pop("networkConfiguration", {"awsvpcConfiguration": {
            "subnets": ["subnet-0123456789abcdef0"], "securityGroups": ["sg-0123456789abcdef0"],
            "assignPublicIp": "DISABLED"}})
        task = {"family": self.name, "cpu": "256", "memory": "512"}
        task.update(script.pop("task", {}))
        revision = register(task, first=task.pop("revision", None), given=True)
        self.task_definition = revision["taskDefinitionArn"]
        if "launchType" not in script and "capacityProviderStrategy" not in script: script["launchType"] = "FARGATE"
        self.extra = script
        self.created = Clock.now()
        self.events, self.stopped, self.plays, self.deployments = [], [], [], []
        self.generator = None
        rollout = Rollout(self, self.task_definition, self.desired)
        rollout.completed()
        rollout.weight = 100.0
        self.rollouts = [rollout]
        self.says("has reached a steady state.")

    @property
    def primary(self): return next(x for x in self.rollouts if x.status == "PRIMARY")

    @property
    def current(self):
        last = self.deployments[-1] if self.deployments else None
        return last if last and last.in_flight else None

    def says(self, text):
        self.events.insert(0, {"id": digest("%s %d" % (self.name, len(self.events))), "createdAt": Clock.now(),
                               "message": "(service %s) %s" % (self.name, text)})
        del self.events[100:]

    def next_play(self): return self.plays.pop(0) if self.plays else "success"

    def step(self):
        if self.status == "INACTIVE": return
        if self.scaling:  # auto scaling keeps the count within its bounds
            count = min(max(self.desired, self.scaling["minimum"]), self.scaling["maximum"])
            if count != self.desired and not self.current:
                play = self.plays[0] if self.plays and not isinstance(self.plays[0], list) else "success"
                self.scale(count, play)  # the play remains for the deployment that follows
        generator = self.generator
        if generator:
            try: next(generator)
            except StopIteration:  # unless the last step was to begin another deployment
                if self.generator is generator: self.generator = None
            self.primary.updated = Clock.now()
            if self.current: self.current.updated = Clock.now()

    def scale(self, count, play=None):
        """Changes the number of tasks of what is deployed, which is no deployment."""
        self.desired = self.primary.desired = count
        if not self.current: self.generator = change_count(self, play or self.next_play())

    def deploy(self, task_definition, count):
        self.stale_answers = [copy.deepcopy(self.describe()) for _ in range(self.stale)]
        current = self.current
        if current: current.end("STOPPED", "Superseded by a newer service deployment.")
        self.desired, self.task_definition = count, task_definition
        sources = [x for x in self.rollouts if x.running or x.pending or x.status == "PRIMARY"]
        for x in sources: x.status, x.pending, x.weight = "ACTIVE", 0, 100.0 / len(sources)
        target = Rollout(self, task_definition, count, 1 - sources[0].group if self.strategy != "ROLLING" else 0)
        self.rollouts = [target] + sources
        play = self.next_play()
        if play == "breaker" and not self.configuration["deploymentCircuitBreaker"]["enable"]:
            self.configuration["deploymentCircuitBreaker"] = {"enable": True, "rollback": True}
        if play == "alarm" and not self.configuration.get("alarms"):
            self.configuration["alarms"] = {"alarmNames": [self.name + "-5xx"], "enable": True, "rollback": True}
        deployment = ServiceDeployment(self, target, sources)
        self.deployments.append(deployment)
        self.generator = scripted(deployment, play) if isinstance(play, list) else PLAYS[play](deployment)
        return deployment

    def stop_task(self, rollout, kind):
        code, reason, exit_code, why = STOPS[kind]
        task = task_of(self, rollout, digest("%s stopped %d" % (rollout.id, len(self.stopped))))
        task.update({"lastStatus": "STOPPED", "desiredStatus": "STOPPED", "stopCode": code, "stoppedReason": reason,
                     "stoppedAt": Clock.now(), "stoppingAt": Clock.now(), "executionStoppedAt": Clock.now()})
        for container in task["containers"]: container["lastStatus"] = "STOPPED"
        if exit_code is not None: task["containers"][0]["exitCode"] = exit_code
        if why: task["containers"][0]["reason"] = why
        self.stopped.insert(0, task)
        if kind == "scaled_in": return
        rollout.failed += 1
        if self.current and rollout is self.current.target: self.current.failures += 1

    def describe(self):
        current = self.current or (self.deployments[-1] if self.keeps_deployment and self.deployments else None)
        balancers = []
        for index in range(self.groups):
            balancer = {"targetGroupArn": group_arn(self, index, 0), "containerName": self.name, "containerPort": 80}
            if self.strategy != "ROLLING":
                rule = "arn:aws:elasticloadbalancing:%s:%s:listener-rule/app/web/" % (REGION, ACCOUNT)
                balancer["advancedConfiguration"] = {
                    "alternateTargetGroupArn": group_arn(self, index, 1), "productionListenerRule": rule + "1/2/3",
                    "testListenerRule": rule + "1/4/5", "roleArn": "arn:aws:iam::%s:role/ecs" % ACCOUNT}
            balancers.append(balancer)
        for index in range(self.classic):
            balancers.append({"loadBalancerName": "%s-classic-%d" % (self.name, index + 1),
                              "containerName": self.name, "containerPort": 80})
        active = [x for x in self.rollouts if x.running or x.pending or x.status == "PRIMARY"]
        result = {
            "serviceArn": self.arn, "serviceName": self.name, "clusterArn": self.cluster_arn,
            "loadBalancers": balancers, "serviceRegistries": [], "status": self.status, "desiredCount": self.desired,
            "runningCount": sum(x.running for x in self.rollouts),
            "pendingCount": sum(x.pending for x in self.rollouts), "platformVersion": "1.4.0",
            "platformFamily": "Linux", "taskDefinition": self.task_definition,
            "deploymentConfiguration": self.configuration,
            "deployments": [x.describe() for x in active] if self.status != "INACTIVE" else [],
            "events": self.events, "createdAt": self.created, "placementConstraints": [], "placementStrategy": [],
            "networkConfiguration": self.network, "healthCheckGracePeriodSeconds": 0, "schedulingStrategy": "REPLICA",
            "deploymentController": {"type": "ECS"}, "createdBy": "arn:aws:iam::%s:role/deployer" % ACCOUNT,
            "enableECSManagedTags": True, "propagateTags": "NONE", "enableExecuteCommand": False,
            "availabilityZoneRebalancing": "DISABLED", "resourceManagementType": "ECS" if self.express else "CUSTOMER",
            "currentServiceDeployment": current.arn if current else None,
            "currentServiceRevisions": [x.summary(False) for x in active],
        }
        result.update(self.extra)
        return without_none(result)


# --- Plays: generators that change a deployment; each `yield` is the end of a step. ---------------------------------

def begin(d):
    """The first step: the deployment begins; others than rolling ones have stages."""
    yield from at(d, "PRE_SCALE_UP", lambda: None)


def at(d, stage, change):
    """One step, with its stage where stages are shown."""
    d.status, d.started = "IN_PROGRESS", d.started or Clock.now()
    if d.service.strategy != "ROLLING": d.stage = stage
    change()
    yield


def launch(d):
    """The new tasks start, and then run."""
    t, s = d.target, d.service
    def pending():
        t.pending = t.desired - t.running
        if t.pending: s.says("has started %d tasks: %s." % (
            t.pending, " ".join("(task %s)" % x.rsplit("/", 1)[1] for x in t.tasks())))
    def running():
        t.running, t.pending, t.healthy = t.desired, 0, 0 if s.groups or s.classic else None
    yield from at(d, "SCALE_UP", pending)
    yield from at(d, "SCALE_UP", running)
    yield from healthy(d)


def healthy(d):
    t, s = d.target, d.service
    def change():
        t.healthy = None
        for index in range(s.groups): s.says("registered %d targets in (target-group %s)" % (
            t.running, group_arn(s, index, t.group)))
    yield from at(d, "POST_SCALE_UP", change)


def shift(d, until=None):
    """Traffic moves to the new tasks; `until` ends it before that stage."""
    t = d.target
    def weight(value, test=None):
        def change():
            t.weight = value
            for x in d.sources: x.weight = (100.0 - value) / len(d.sources)
            if test is not None: t.test = test
        return change
    if d.service.strategy == "ROLLING":
        t.weight = 100.0
        return
    yield from at(d, "TEST_TRAFFIC_SHIFT", weight(0.0, 100.0))
    yield from at(d, "POST_TEST_TRAFFIC_SHIFT", weight(0.0, 100.0))
    if until == "PRODUCTION_TRAFFIC_SHIFT": return
    weights = [100.0]
    if d.service.strategy == "CANARY":
        weights.insert(0, float(d.configuration.get("canaryConfiguration", {}).get("canaryPercent", 5.0)))
    if d.service.strategy == "LINEAR":
        size = float(d.configuration.get("linearConfiguration", {}).get("stepPercent", 25.0))
        weights = [min(100.0, size * (i + 1)) for i in range(math.ceil(100 / size))]
    for value in weights: yield from at(d, "PRODUCTION_TRAFFIC_SHIFT", weight(value))
    yield from at(d, "POST_PRODUCTION_TRAFFIC_SHIFT", weight(100.0, 0.0))


def bake_time(d, steps):
    for _ in range(steps):
        d.stage = "BAKE_TIME"
        yield from at(d, "BAKE_TIME", lambda: None)
    if d.service.strategy == "ROLLING": d.stage = None


def finish(d):
    """The old tasks stop, and the deployment has succeeded."""
    s, t = d.service, d.target
    def stop():
        old = sum(x.running for x in d.sources)
        for x in d.sources: x.running = x.pending = 0
        if old: s.says("has stopped %d running tasks." % old)
    yield from at(d, "CLEAN_UP", stop)
    t.completed()
    s.rollouts = [t]
    d.end("SUCCESSFUL")
    s.says("(deployment %s) deployment completed." % t.id)
    s.says("has reached a steady state.")
    yield


def back(d, reason, requested=False):
    """ECS takes the deployment back, for which the next play says whether it goes well."""
    s, t = d.service, d.target
    source = d.sources[0]
    d.rollback = {"reason": reason, "startedAt": Clock.now(), "serviceRevisionArn": source.revision}
    d.reason = reason
    if requested:
        d.status = "ROLLBACK_REQUESTED"
        yield
    play = s.next_play()
    d.status = "ROLLBACK_IN_PROGRESS"
    s.task_definition = source.task_definition
    s.says("rolling back to (deployment %s)." % source.id)
    t.status = "ACTIVE"
    if s.strategy == "ROLLING":  # a rollout of its own, with the former revision
        way = Rollout(s, source.task_definition, s.desired)
        way.revision = source.revision
        kept = source.running
        way.running, source.running = 0, kept
        way.reason = "%s: rolling back to deploymentId %s." % (
            t.reason.split(": ")[0] if t.rollout == "FAILED" else "ECS deployment", source.id)
        s.rollouts = [way] + s.rollouts
    else:
        way = source
        way.status, way.rollout, way.weight, t.weight, t.test = "PRIMARY", "IN_PROGRESS", 100.0, 0.0, 0.0
        way.desired = s.desired
    yield
    if play == "stuck":
        while True: yield
    if play != "success":
        for _ in range(3):
            s.stop_task(way, play if play in STOPS else "crash")
            way.running = 0
            yield
        way.rollout, way.reason = "FAILED", "ECS deployment circuit breaker: tasks failed to start."
        d.end("ROLLBACK_FAILED", reason)
        s.says("(deployment %s) deployment failed: tasks failed to start." % way.id)
        yield
        while True: yield
    way.pending = max(0, way.desired - way.running)
    t.running = t.pending = 0
    yield
    way.completed()
    for x in s.rollouts:
        if x is not way: x.running = x.pending = 0
    if way is not source: source.running = source.pending = 0
    yield
    s.rollouts = [way]
    d.end("ROLLBACK_SUCCESSFUL", reason)
    d.sources = [way]
    s.says("(deployment %s) deployment completed." % way.id)
    s.says("has reached a steady state.")
    yield


def fail(d, reason, state_reason, rolls_back):
    """The deployment has failed; it is taken back, or stays as it is and starts no tasks any more."""
    s, t = d.service, d.target
    t.rollout, t.reason, t.pending = "FAILED", state_reason, 0
    s.says("(deployment %s) deployment failed: %s" % (t.id, state_reason.split(": ", 1)[-1]))
    if rolls_back: yield from back(d, reason)
    else:
        d.end("STOPPED", reason)
        yield
        while True: yield


def failing_tasks(kind):
    """Tasks fail again and again, until the circuit breaker ends it."""
    def play(d):
        t, s = d.target, d.service
        yield from begin(d)
        while True:
            t.pending, t.running, t.healthy = t.desired, 0, 0
            s.says("has started %d tasks: (task %s)." % (t.desired, digest(t.id + str(t.failed))))
            yield from at(d, "SCALE_UP", lambda: None)
            if kind in RUNS_FIRST:
                t.pending, t.running = 0, t.desired
                yield from at(d, "SCALE_UP", lambda: None)
            if kind == "unhealthy":
                s.says("(port 80) is unhealthy in (target-group %s) due to (reason Health checks failed)." % (
                    group_arn(s, 0, t.group)))
                yield from at(d, "SCALE_UP", lambda: None)
            for _ in range(max(1, t.desired)): s.stop_task(t, kind)
            t.running, t.pending = 0, 0
            yield from at(d, "SCALE_UP", lambda: None)
            breaker = d.configuration["deploymentCircuitBreaker"]
            if breaker["enable"] and d.failures >= d.threshold:
                d.tripped = True
                yield from fail(d, "Service deployment rolled back because the circuit breaker threshold was exceeded."
                                if breaker["rollback"] else "Circuit breaker threshold exceeded.",
                                "ECS deployment circuit breaker: tasks failed to start.", breaker["rollback"])
                return
    return play


def success(d):
    yield from begin(d)
    yield from launch(d)
    yield from shift(d)
    yield from bake_time(d, 1 if d.service.strategy != "ROLLING" else 0)
    yield from finish(d)


def slow(d):
    t = d.target
    yield from begin(d)
    for _ in range(12):
        t.pending = t.desired - t.running
        yield from at(d, "SCALE_UP", lambda: None)
    while t.running < t.desired:
        t.running += 1
        t.pending = t.desired - t.running
        for _ in range(5): yield from at(d, "SCALE_UP", lambda: None)
    yield from launch(d)
    yield from shift(d)
    yield from finish(d)


def stuck(d):
    yield from begin(d)
    while True:
        d.target.pending = d.target.desired
        yield from at(d, "SCALE_UP", lambda: None)


def capacity(d):
    yield from begin(d)
    while True:
        d.service.says("was unable to place a task. Reason: Capacity is unavailable at this time. Please try again "
                       "later or in a different availability zone. For more information, see the Troubleshooting "
                       "section of the Amazon ECS Developer Guide.")
        for _ in range(4): yield from at(d, "SCALE_UP", lambda: None)


def alarm(d):
    alarms = d.configuration["alarms"]
    yield from begin(d)
    yield from launch(d)
    yield from shift(d)
    yield from bake_time(d, 1)
    d.triggered = alarms["alarmNames"][:1]
    yield from fail(d, "Service deployment rolled back because CloudWatch alarm(s) were triggered."
                    if alarms["rollback"] else "CloudWatch alarm(s) triggered.",
                    "ECS deployment alarm detector: alarm(s) detected: %s" % ", ".join(d.triggered), alarms["rollback"])


def hook(d, fails=False):
    yield from begin(d)
    if d.service.strategy == "ROLLING": d.stage = "PRE_SCALE_UP"
    else:
        yield from launch(d)
        yield from shift(d, until="PRODUCTION_TRAFFIC_SHIFT")
    d.hook = {"hookId": digest(d.arn, 16), "targetType": "PAUSE", "status": "AWAITING_ACTION",
              "expiresAt": Clock.now() + 86400, "timeoutAction": "ROLLBACK"}
    if fails:
        d.hook.update({"targetType": "AWS_LAMBDA", "status": "IN_PROGRESS",
                       "targetArn": "arn:aws:lambda:%s:%s:function:verify" % (REGION, ACCOUNT)})
        d.hook.pop("timeoutAction")
        yield
        d.hook["status"] = "FAILED"
        yield from fail(d, "Service deployment rolled back because a lifecycle hook failed.",
                        "ECS deployment lifecycle hook failed: verify", True)
        return
    while d.hook["status"] == "AWAITING_ACTION": yield
    if d.hook["status"] == "FAILED":
        yield from back(d, "Service deployment rolled back by a lifecycle hook action.")
        return
    if d.service.strategy == "ROLLING":
        d.stage = None
        yield from launch(d)
    yield from shift(d)
    yield from finish(d)


def bake(d):
    yield from begin(d)
    yield from launch(d)
    yield from shift(d)
    yield from bake_time(d, 8)
    yield from finish(d)


def superseded(d):
    yield from begin(d)
    yield
    revision = register({**State.revision(d.target.task_definition), "tags": [{"key": "by", "value": "others"}]},
                        given=True)
    d.service.plays.insert(0, "success")
    d.service.deploy(revision["taskDefinitionArn"], d.service.desired)


def gone(d):
    yield from begin(d)
    yield
    remove(d.service)
    yield


def scripted(d, steps):
    """A list of mappings: `status`, `reason`, `stage`, `running`, `pending`, `failed`, `healthy` (targets), `desired`,
    `rollout`, `rolloutReason`, `old` (running tasks of the old revisions), `weight`, `test`, `tripped`, `triggered`,
    `hook`, `event` (a message), `stop` (a task stops so, one of STOPS), `end` (true: it has succeeded)."""
    t, s = d.target, d.service
    for step in steps:
        d.status, d.started = "IN_PROGRESS", d.started or Clock.now()
        if "stage" in step: d.stage = step["stage"]
        for name, attribute in (("running", "running"), ("pending", "pending"), ("failed", "failed"),
                                ("desired", "desired"), ("healthy", "healthy"), ("rollout", "rollout"),
                                ("rolloutReason", "reason"), ("weight", "weight"), ("test", "test")):
            if name in step: setattr(t, attribute, step[name])
        if "weight" in step:
            for x in d.sources: x.weight = (100.0 - step["weight"]) / len(d.sources)
        if "old" in step: d.sources[0].running = step["old"]
        if "event" in step: s.says(step["event"])
        if "stop" in step: s.stop_task(t, step["stop"])
        for name in ("tripped", "triggered", "hook"):
            if name in step: setattr(d, name, step[name])
        if "status" in step:
            if step["status"] in d.IN_FLIGHT: d.status, d.reason = step["status"], step.get("reason")
            else: d.end(step["status"], step.get("reason"))
        if step.get("end"): yield from finish(d)
        else: yield


def change_count(s, play):
    """The number of tasks changes, without a deployment."""
    p = s.primary
    if p.running >= p.desired:
        yield
        if p.running > p.desired: s.says("has stopped %d running tasks." % (p.running - p.desired))
        p.running, p.pending = p.desired, 0
        yield
        s.says("has reached a steady state.")
        return
    base = p.running
    if play == "gone": remove(s)
    if play == "capacity":
        while p.running < p.desired:
            s.says("was unable to place a task. Reason: Capacity is unavailable at this time. Please try again later "
                   "or in a different availability zone.")
            yield
    if play in STOPS:
        while True:
            p.pending = p.desired - base
            yield
            s.stop_task(p, play)
            p.pending = 0
            yield
    while play == "stuck":
        p.pending = p.desired - base
        yield
    if p.desired > p.running:
        p.pending = p.desired - p.running
        s.says("has started %d tasks." % p.pending)
        yield
        p.running, p.pending, p.healthy = p.desired, 0, base if s.groups or s.classic else None
        yield
        p.healthy = None
        yield
    s.says("has reached a steady state.")


def remove(s):
    s.status, s.desired, s.generator = "INACTIVE", 0, None
    for x in s.rollouts: x.running = x.pending = x.desired = 0
    if s.current: s.current.end("STOPPED", "The service was deleted.")


PLAYS = {"success": success, "slow": slow, "stuck": stuck, "capacity": capacity, "alarm": alarm, "hook": hook,
         "hook_failed": lambda d: hook(d, fails=True), "bake": bake, "superseded": superseded, "gone": gone,
         "breaker": failing_tasks("crash")}
for kind in ("crash", "out_of_memory", "image", "no_secret", "unhealthy", "container_health"):
    PLAYS[kind] = failing_tasks(kind)


# --- State and what is read of it -----------------------------------------------------------------------------------

class State:
    lock = threading.RLock()
    services, revisions, faults, on, requests = {}, {}, [], [], []  # revisions: family -> list of task definitions

    @classmethod
    def reset(cls):
        cls.services, cls.revisions, cls.faults, cls.on, cls.requests = {}, {}, [], [], []
        Rollout.count = 0

    @classmethod
    def service(cls, name, cluster=None):
        """By name or ARN; nil when there is none."""
        if name.startswith("arn:"): return next((x for x in cls.services.values() if x.arn == name), None)
        cluster = (cluster or "default").rsplit("/", 1)[-1]
        return cls.services.get((cluster, name))

    @classmethod
    def revision(cls, name):
        name = name.rsplit("/", 1)[-1]
        family, _, number = name.partition(":")
        of_family = cls.revisions.get(family, [])
        if number: found = [x for x in of_family if str(x["revision"]) == number]
        else: found = [x for x in of_family if x["status"] == "ACTIVE"]
        if not found: raise Failure("ClientException", "Unable to describe task definition.")
        return found[-1]

    @classmethod
    def deployment(cls, arn):
        for service in cls.services.values():
            for x in service.deployments:
                if x.arn == arn: return x
        return None


def without_none(mapping): return {k: v for k, v in mapping.items() if v is not None}


def number(value, unit, factor):
    """`1 vCPU`, `2GB` or a number, in CPU units or MiB."""
    text = str(value).strip()
    try:
        if text.lower().endswith(unit): return int(float(text[:-len(unit)]) * factor)
        return int(text)
    except ValueError: raise Failure("ClientException", "Invalid setting for task: '%s'." % value) from None


def register(task, first=None, given=False):
    """Registers a revision. `given`: it is in the script, so that what is missing gets values."""
    task = copy.deepcopy({k: v for k, v in task.items() if not given or k in REGISTRABLE.split()})
    family = task["family"]
    if given:
        task.setdefault("networkMode", "awsvpc")
        task.setdefault("requiresCompatibilities", ["FARGATE"])
        task.setdefault("executionRoleArn", "arn:aws:iam::%s:role/ecsTaskExecutionRole" % ACCOUNT)
        task.setdefault("containerDefinitions", [{
            "name": family, "image": "docker.io/library/web:1", "essential": True,
            "portMappings": [{"containerPort": 80, "hostPort": 80, "protocol": "tcp"}],
            "environment": [{"name": "GOGC", "value": "100"}]}])
    if not task.get("containerDefinitions"): raise Failure("ClientException", "Container list cannot be empty.")
    for container in task["containerDefinitions"]:
        for name in ("mountPoints", "volumesFrom", "portMappings", "environment", "systemControls"):
            container.setdefault(name, [])
        container.setdefault("cpu", 0)
        container.setdefault("essential", True)
    if "cpu" in task: task["cpu"] = str(number(task["cpu"], "vcpu", 1024))
    if "memory" in task: task["memory"] = str(number(task["memory"], "gb", 1024))
    if "FARGATE" in task.get("requiresCompatibilities", []):
        cpu, memory = int(task.get("cpu", 0)), int(task.get("memory", 0))
        if memory not in SIZES.get(cpu, []):
            raise Failure("ClientException", "No Fargate configuration exists for given values: %d CPU, %d memory. See "
                          "the Amazon ECS documentation for the valid values." % (cpu, memory))
    of_family = State.revisions.setdefault(family, [])
    revision = first or (of_family[-1]["revision"] + 1 if of_family else 1)
    task.setdefault("volumes", [])
    task.setdefault("placementConstraints", [])
    task.update({
        "taskDefinitionArn": ECS + "task-definition/%s:%d" % (family, revision), "revision": revision,
        "status": "ACTIVE", "compatibilities": ["EC2", "FARGATE"], "registeredAt": Clock.now(),
        "registeredBy": "arn:aws:sts::%s:assumed-role/deployer/me" % ACCOUNT,
        "requiresAttributes": [{"name": "ecs.capability.task-eni"}]})
    task["tags"] = task.get("tags") or []
    of_family.append(task)
    return task


def shown(task): return {k: v for k, v in task.items() if k != "tags"}


def group_arn(service, index, colour):
    name = "%s-%d%s" % (service.name, index + 1, "-b" if colour else "")
    is_first = service.name == "web" and not index and not colour  # the one of the event and reason above
    return GROUP + "%s/%s" % (name, "0123456789abcdef" if is_first else digest(name, 16))


def task_of(s, rollout, identity, status="RUNNING"):
    task = State.revision(rollout.task_definition)
    arn = identity if identity.startswith("arn:") else ECS + "task/%s/%s" % (s.cluster, identity)
    address = "10.0.%d.%d" % (int(digest(arn, 4), 16) % 250, int(digest(arn, 8)[4:], 16) % 250 + 1)
    result = {
        "attachments": [{"id": digest(arn, 8), "type": "ElasticNetworkInterface", "status": "ATTACHED",
                         "details": [{"name": "privateIPv4Address", "value": address}]}],
        "clusterArn": s.cluster_arn, "connectivity": "CONNECTED",
        "containers": [{"containerArn": arn.replace(":task/", ":container/") + "/" + x["name"], "taskArn": arn,
                        "name": x["name"], "image": x["image"], "lastStatus": status, "networkInterfaces": [],
                        "healthStatus": "UNKNOWN"} for x in task["containerDefinitions"]],
        "cpu": task.get("cpu"), "memory": task.get("memory"), "createdAt": Clock.now(), "desiredStatus": "RUNNING",
        "group": "service:" + s.name, "healthStatus": "UNKNOWN", "lastStatus": status, "launchType": "FARGATE",
        "platformVersion": "1.4.0", "startedBy": rollout.id, "taskArn": arn,
        "taskDefinitionArn": rollout.task_definition, "version": 3, "tags": []}
    if status == "RUNNING": result["startedAt"] = Clock.now()
    return without_none(result)


def tasks_of(s):
    """The tasks that are to run; the first ones do, the last ones are still pending."""
    for rollout in s.rollouts:
        for index, arn in enumerate(rollout.tasks()):
            yield task_of(s, rollout, arn, "RUNNING" if index < rollout.running else "PENDING")


def targets(s, colour):
    """(id, healthy) of the targets of a group."""
    for rollout in s.rollouts:
        if s.strategy != "ROLLING" and rollout.group != colour: continue
        for index, arn in enumerate(list(rollout.tasks())[:rollout.running]):
            healthy = rollout.running if rollout.healthy is None else rollout.healthy
            yield arn, index < healthy


# --- Operations -----------------------------------------------------------------------------------------------------

def found(name, cluster=None):
    service = State.service(name, cluster)
    if not service: raise Failure("ServiceNotFoundException", "Service not found.")
    return service


class Operations:
    def DescribeServices(self, i):
        names = i.get("services") or []
        if not 1 <= len(names) <= 10: raise Failure("InvalidParameterException", "Services list size must be 1 to 10.")
        services, failures = [], []
        for name in names:
            service = State.service(name, i.get("cluster"))
            if service and service.stale_answers: services.append(service.stale_answers.pop())
            elif service:
                service.step()
                services.append(service.describe())
            else:
                arn = name if name.startswith("arn:") else ECS + "service/%s/%s" % (
                    (i.get("cluster") or "default").rsplit("/", 1)[-1], name)
                failures.append({"arn": arn, "reason": "MISSING"})
        return {"services": services, "failures": failures}

    def DescribeTaskDefinition(self, i):
        task = State.revision(i["taskDefinition"])
        return {"taskDefinition": shown(task), **({"tags": task["tags"]} if "TAGS" in i.get("include", []) else {})}

    def RegisterTaskDefinition(self, i):
        for container in i.get("containerDefinitions", []):
            if not isinstance(container, dict): raise Failure("SerializationException", "not a structure")
        task = register(i)
        return {"taskDefinition": shown(task), "tags": task["tags"]}

    def DeregisterTaskDefinition(self, i):
        if ":" not in i["taskDefinition"].rsplit("/", 1)[-1]: raise Failure("ClientException", "Revision is missing.")
        task = State.revision(i["taskDefinition"])
        if task["status"] != "ACTIVE": raise Failure("ClientException", "The task definition is inactive.")
        task["status"], task["deregisteredAt"] = "INACTIVE", Clock.now()
        return {"taskDefinition": shown(task)}

    def UpdateService(self, i):
        service = found(i["service"], i.get("cluster"))
        if service.status != "ACTIVE": raise Failure("ServiceNotActiveException", "Service was not ACTIVE.")
        if service.extra.get("deploymentController", {}).get("type", "ECS") != "ECS" and "taskDefinition" in i:
            raise Failure("InvalidParameterException", "Unable to update task definition on services with a %s "
                          "deployment controller." % service.extra["deploymentController"]["type"])
        if service.express: raise Failure("InvalidParameterException", "Express services are updated by their own API.")
        count = i.get("desiredCount", service.desired)
        task = State.revision(i.get("taskDefinition") or service.task_definition)
        if "taskDefinition" in i and task["status"] != "ACTIVE":
            raise Failure("ClientException", "TaskDefinition is inactive")
        if "deploymentConfiguration" in i: service.configuration.update(i["deploymentConfiguration"])
        if task["taskDefinitionArn"] != service.task_definition or i.get("forceNewDeployment"):
            service.deploy(task["taskDefinitionArn"], count)
        elif count != service.desired: service.scale(count)
        return {"service": service.describe()}

    def DescribeServiceDeployments(self, i):
        arns = i.get("serviceDeploymentArns") or []
        if not 1 <= len(arns) <= 20: raise Failure("InvalidParameterException", "1 to 20 deployments.")
        known = [(arn, State.deployment(arn)) for arn in arns]
        return {"serviceDeployments": [x.describe() for _, x in known if x],
                "failures": [{"arn": arn, "reason": "MISSING"} for arn, x in known if not x]}

    def ListServiceDeployments(self, i):
        service = found(i["service"], i.get("cluster"))
        wanted = i.get("status")
        listed = [x for x in reversed(service.deployments) if not wanted or x.status in wanted]
        created = i.get("createdAt", {})
        listed = [x for x in listed if created.get("after", 0) <= x.created <= created.get("before", math.inf)]
        size, start = int(i.get("maxResults") or 20), int(i.get("nextToken") or 0)
        result = {"serviceDeployments": [x.brief() for x in listed[start:start + size]]}
        if start + size < len(listed): result["nextToken"] = str(start + size)
        return result

    def StopServiceDeployment(self, i):
        d = State.deployment(i["serviceDeploymentArn"])
        if not d: raise Failure("ServiceDeploymentNotFoundException", "Service deployment not found.")
        if d.status not in ("PENDING", "IN_PROGRESS"):
            raise Failure("ConflictException", "A service deployment in status %s cannot be stopped." % d.status)
        if i.get("stopType", "ROLLBACK") == "ABORT":
            d.end("STOPPED", "Service deployment stopped by a user.")
            d.service.generator = None
        else:
            d.status = "ROLLBACK_REQUESTED"
            d.service.generator = back(d, "Service deployment rolled back by a user.", requested=True)
        return {"serviceDeploymentArn": d.arn}

    def ContinueServiceDeployment(self, i):
        d = State.deployment(i["serviceDeploymentArn"])
        if not d: raise Failure("ServiceDeploymentNotFoundException", "Service deployment not found.")
        if not d.hook or d.hook["hookId"] != i["hookId"] or d.hook["status"] != "AWAITING_ACTION":
            raise Failure("InvalidParameterException", "The deployment does not wait at this hook.")
        d.hook["status"] = "FAILED" if i.get("action") == "ROLLBACK" else "SUCCEEDED"
        return {"serviceDeploymentArn": d.arn}

    def DescribeServiceRevisions(self, i):
        revisions, failures = [], []
        rollouts = {}
        for s in State.services.values():
            for d in s.deployments:
                for x in [d.target] + d.sources: rollouts[x.revision] = x
            for x in s.rollouts: rollouts.setdefault(x.revision, x)
        for arn in i["serviceRevisionArns"]:
            x = rollouts.get(arn)
            if not x: failures.append({"arn": arn, "reason": "MISSING"})
            else: revisions.append({
                "serviceRevisionArn": arn, "serviceArn": x.service.arn, "clusterArn": x.service.cluster_arn,
                "taskDefinition": x.task_definition, "launchType": "FARGATE", "platformVersion": "1.4.0",
                "platformFamily": "Linux", "createdAt": x.created})
        return {"serviceRevisions": revisions, "failures": failures}

    def ListTasks(self, i):
        cluster = (i.get("cluster") or "default").rsplit("/", 1)[-1]
        if i.get("startedBy") and len([x for x in i if x not in ("cluster", "startedBy", "maxResults", "nextToken",
                                                                  "desiredStatus")]):
            raise Failure("InvalidParameterException", "startedBy must be the only filter.")
        services = [x for x in State.services.values() if x.cluster == cluster]
        if i.get("serviceName"): services = [found(i["serviceName"], cluster)]
        stopped = i.get("desiredStatus", "RUNNING") == "STOPPED"
        tasks = [t for s in services for t in (s.stopped if stopped else tasks_of(s))]
        if i.get("startedBy"): tasks = [t for t in tasks if t["startedBy"] == i["startedBy"]]
        if i.get("family"): tasks = [t for t in tasks if "/%s:" % i["family"] in t["taskDefinitionArn"]]
        size, start = int(i.get("maxResults") or 100), int(i.get("nextToken") or 0)
        result = {"taskArns": [t["taskArn"] for t in tasks[start:start + size]]}
        if start + size < len(tasks): result["nextToken"] = str(start + size)
        return result

    def DescribeTasks(self, i):
        if not 1 <= len(i["tasks"]) <= 100: raise Failure("InvalidParameterException", "1 to 100 tasks.")
        known = {t["taskArn"]: t for s in State.services.values() for t in list(tasks_of(s)) + s.stopped}
        known.update({k.rsplit("/", 1)[1]: v for k, v in list(known.items())})
        return {"tasks": [known[x] for x in i["tasks"] if x in known],
                "failures": [{"arn": x, "reason": "MISSING"} for x in i["tasks"] if x not in known]}

    def TagResource(self, i):
        if ":task-definition/" in i["resourceArn"]:
            task = State.revision(i["resourceArn"])
            new = {x["key"]: x["value"] for x in task["tags"] + i["tags"]}
            task["tags"] = [{"key": k, "value": v} for k, v in new.items()]
        return {}

    def DescribeExpressGatewayService(self, i):
        s = found(i["serviceArn"])
        task = State.revision(s.task_definition)
        return {"service": without_none({
            "cluster": s.cluster, "serviceName": s.name, "serviceArn": s.arn,
            "infrastructureRoleArn": "arn:aws:iam::%s:role/ecsInfrastructureRole" % ACCOUNT,
            "status": {"statusCode": s.status}, "currentDeployment": s.current.arn if s.current else None,
            "activeConfigurations": [express_configuration(s, task)], "createdAt": s.created,
            "updatedAt": s.primary.updated})}

    def UpdateExpressGatewayService(self, i):
        s = found(i["serviceArn"])
        if not s.express: raise Failure("InvalidParameterException", "The service is no Express service.")
        if s.status != "ACTIVE": raise Failure("ServiceNotActiveException", "Service was not ACTIVE.")
        own = {"primaryContainer", "executionRoleArn", "taskRoleArn", "cpu", "memory", "cpuArchitecture"} & set(i)
        if "taskDefinitionArn" in i and own:
            raise Failure("InvalidParameterException", "taskDefinitionArn cannot be given with " + ", ".join(sorted(own)))
        task = {k: v for k, v in State.revision(s.task_definition).items() if k in REGISTRABLE.split()}
        task = copy.deepcopy(task)
        for name in ("cpu", "memory"):
            if name in i: task[name] = i[name]
        primary = i.get("primaryContainer", {})
        for name in ("image", "environment", "command", "secrets"):
            if name in primary: task["containerDefinitions"][0][name] = primary[name]
        if "scalingTarget" in i:
            target = i["scalingTarget"]
            bounds = s.scaling or {"minimum": 1, "maximum": 20}
            s.scaling = {"minimum": target.get("minTaskCount", bounds["minimum"]),
                         "maximum": target.get("maxTaskCount", bounds["maximum"])}
        before = State.revision(s.task_definition)
        count = s.desired
        if s.scaling: count = min(max(count, s.scaling["minimum"]), s.scaling["maximum"])
        same = all(before.get(k) == v for k, v in task.items())
        if "taskDefinitionArn" in i: deployed = State.revision(i["taskDefinitionArn"])["taskDefinitionArn"]
        else: deployed = s.task_definition if same else register(task)["taskDefinitionArn"]
        if deployed == s.task_definition: s.scale(count)
        else: s.deploy(deployed, count)
        return {"service": {
            "serviceArn": s.arn, "cluster": s.cluster, "serviceName": s.name, "status": {"statusCode": "ACTIVE"},
            "targetConfiguration": express_configuration(s, State.revision(s.task_definition)),
            "createdAt": s.created, "updatedAt": Clock.now()}}

    def DescribeTargetHealth(self, i):
        for s in State.services.values():
            for index in range(s.groups):
                for colour in (0, 1):
                    if group_arn(s, index, colour) != i["TargetGroupArn"]: continue
                    members = "".join(
                        "<member><Target><Id>%s</Id><Port>80</Port><AvailabilityZone>eu-central-1a</AvailabilityZone>"
                        "</Target><HealthCheckPort>80</HealthCheckPort><TargetHealth><State>%s</State>%s</TargetHealth>"
                        "</member>" % (
                            task_of(s, s.primary, arn)["attachments"][0]["details"][0]["value"],
                            "healthy" if healthy else "unhealthy",
                            "" if healthy else "<Reason>Target.FailedHealthChecks</Reason>"
                            "<Description>Health checks failed with these codes: [502]</Description>")
                        for arn, healthy in targets(s, colour))
                    return "<TargetHealthDescriptions>%s</TargetHealthDescriptions>" % members
        raise Failure("TargetGroupNotFound", "One or more target groups not found")

    def DescribeInstanceHealth(self, i):
        for s in State.services.values():
            for index in range(s.classic):
                if "%s-classic-%d" % (s.name, index + 1) != i["LoadBalancerName"]: continue
                return "<InstanceStates>%s</InstanceStates>" % "".join(
                    "<member><InstanceId>i-%s</InstanceId><State>%s</State><ReasonCode>%s</ReasonCode>"
                    "<Description>%s</Description></member>" % (
                        digest(arn, 17), "InService" if healthy else "OutOfService", "N/A" if healthy else "Instance",
                        "N/A" if healthy else "Instance has failed at least the UnhealthyThreshold number of health "
                        "checks consecutively.")
                    for arn, healthy in targets(s, 0))
        raise Failure("LoadBalancerNotFound", "There is no ACTIVE Load Balancer named '%s'" % i["LoadBalancerName"])

    def DescribeScalableTargets(self, i):
        if i.get("ServiceNamespace") != "ecs": raise Failure("ValidationException", "ServiceNamespace must be ecs.")
        wanted = i.get("ResourceIds")
        return {"ScalableTargets": [scalable(s) for s in State.services.values()
                                    if s.scaling and (not wanted or scalable(s)["ResourceId"] in wanted)]}

    def RegisterScalableTarget(self, i):
        kind, cluster, name = (i["ResourceId"] + "//").split("/")[:3]
        service = State.services.get((cluster, name))
        if kind != "service" or not service or i.get("ScalableDimension") != "ecs:service:DesiredCount":
            raise Failure("ValidationException", "ECS service doesn't exist: " + i["ResourceId"])
        bounds = service.scaling or {}
        minimum, maximum = i.get("MinCapacity", bounds.get("minimum")), i.get("MaxCapacity", bounds.get("maximum"))
        if minimum is None or maximum is None:
            raise Failure("ValidationException", "Both MinCapacity and MaxCapacity are needed.")
        if minimum > maximum:
            raise Failure("ValidationException", "Maximum capacity cannot be less than minimum capacity")
        service.scaling = {"minimum": minimum, "maximum": maximum}
        return {"ScalableTargetARN": scalable(service)["ScalableTargetARN"]}

    def GetECSServiceRecommendations(self, i):
        known = [State.service(x) for x in i.get("serviceArns") or [s.arn for s in State.services.values()]]
        return {"ecsServiceRecommendations": [recommendation(s) for s in known if s and s.recommendation is not None],
                "errors": [{"identifier": arn, "code": "ResourceNotFoundException", "message": "no such service"}
                           for arn, s in zip(i.get("serviceArns") or [], known) if not s]}


def scalable(s):
    return {"ServiceNamespace": "ecs", "ResourceId": "service/%s/%s" % (s.cluster, s.name),
            "ScalableDimension": "ecs:service:DesiredCount", "MinCapacity": s.scaling["minimum"],
            "MaxCapacity": s.scaling["maximum"], "CreationTime": s.created,
            "RoleARN": "arn:aws:iam::%s:role/ecsAutoscale" % ACCOUNT,
            "ScalableTargetARN": "arn:aws:application-autoscaling:%s:%s:scalable-target/%s" % (
                REGION, ACCOUNT, digest(s.arn, 16)),
            "SuspendedState": {"DynamicScalingInSuspended": False, "DynamicScalingOutSuspended": False,
                               "ScheduledScalingSuspended": False}}


def recommendation(s):
    task = State.revision(s.task_definition)
    result = {
        "serviceArn": s.arn, "accountId": ACCOUNT, "launchType": "Fargate", "lookbackPeriodInDays": 14.0,
        "currentServiceConfiguration": {"cpu": int(task["cpu"]), "memory": int(task["memory"]),
                                        "taskDefinitionArn": s.task_definition},
        "finding": "Optimized", "findingReasonCodes": [], "serviceRecommendationOptions": [],
        "utilizationMetrics": [], "currentPerformanceRisk": "VeryLow", "lastRefreshTimestamp": Clock.now(), "tags": []}
    result.update(s.recommendation)
    return result


def express_configuration(s, task):
    container = task["containerDefinitions"][0]
    return without_none({
        "serviceRevisionArn": s.primary.revision, "executionRoleArn": task.get("executionRoleArn"),
        "taskDefinitionArn": task["taskDefinitionArn"], "cpu": task["cpu"], "memory": task["memory"],
        "primaryContainer": {"image": container["image"], "containerPort": 80, "environment": container["environment"]},
        "scalingTarget": {"minTaskCount": (s.scaling or {"minimum": 1})["minimum"],
                          "maxTaskCount": (s.scaling or {"maximum": 20})["maximum"]},
        "healthCheckPath": "/", "createdAt": s.primary.created})


# --- HTTP -----------------------------------------------------------------------------------------------------------

PREFIXES = {"AmazonEC2ContainerServiceV20141113": ("ecs", "1.1"),
            "AnyScaleFrontendService": ("application-autoscaling", "1.1"),
            "ComputeOptimizerService": ("compute-optimizer", "1.0")}
QUERY = {"DescribeTargetHealth": "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/",
         "DescribeInstanceHealth": "http://elasticloadbalancing.amazonaws.com/doc/2012-06-01/"}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def log_message(self, *_): pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        target = self.headers.get("X-Amz-Target")
        if target:
            prefix, _, operation = target.partition(".")
            service, self.version = PREFIXES.get(prefix, (prefix, "1.1"))
            try: values = json.loads(body or "{}")
            except ValueError: return self.refuse(400, "SerializationException", "not JSON")
            self.namespace = None
        else:
            values = dict(urllib.parse.parse_qsl(body, keep_blank_values=True))
            operation, service = values.pop("Action", ""), "elasticloadbalancing"
            self.namespace = QUERY.get(operation, "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/")
            values.pop("Version", None)
        with State.lock:
            Clock.hear(self.headers.get("X-Amz-Date"))
            State.requests.append({"service": service, "operation": operation, "input": values})
            fault = self.fault(service, operation, values) or {}
        ends = fault.get("cut") or fault.get("hang")
        if ends == "before": return self.close(fault)
        if fault and not ends:
            return self.refuse(fault.get("status", 400), fault.get("code", "InternalFailure"), fault.get("message", ""))
        try:
            with State.lock:
                result = self.perform(operation, values)
                self.follow(service, operation)
        except Failure as failure:
            if ends: return self.close(fault)
            return self.refuse(failure.status, failure.code, failure.message)
        if ends: return self.close(fault)
        if self.namespace:
            self.answer(200, "text/xml", '<%sResponse xmlns="%s"><%sResult>%s</%sResult><ResponseMetadata><RequestId>1'
                        '</RequestId></ResponseMetadata></%sResponse>' % (
                            operation, self.namespace, operation, result, operation, operation))
        else: self.answer(200, "application/x-amz-json-" + self.version, json.dumps(result))

    def perform(self, operation, values):
        method = getattr(Operations, operation, None)
        if not method or operation.startswith("_"): raise Failure("UnknownOperationException", "")
        allowed = INPUTS.get(operation)
        if allowed:
            for name in values:
                if name not in allowed.split():
                    raise Failure("ClientException", 'Unknown parameter in input: "%s"' % name)
        try: return method(Operations(), values)
        except KeyError as missing:
            raise Failure("InvalidParameterException", "Missing required parameter: %s" % missing) from None

    def fault(self, service, operation, values):
        for fault in State.faults:
            if fault["operation"] not in (operation, service + ":" + operation): continue
            if "text" in fault and fault["text"] not in json.dumps(values): continue
            if fault.get("skip"):
                fault["skip"] -= 1
                continue
            times = fault.get("times", 1)
            if times == 1: State.faults.remove(fault)
            elif times > 1: fault["times"] = times - 1
            return fault
        return None

    def follow(self, service, operation):
        for entry in list(State.on):
            if entry["operation"] not in (operation, service + ":" + operation): continue
            if entry.get("skip"): entry["skip"] -= 1
            else:
                State.on.remove(entry)
                apply(entry["script"])

    def close(self, fault):
        self.close_connection = True
        if fault.get("hang"):
            try: self.connection.recv(1)  # until the client has enough of it
            except OSError: pass
        try: self.connection.shutdown(socket.SHUT_RDWR)
        except OSError: pass

    def refuse(self, status, code, message):
        if self.namespace:
            self.answer(status, "text/xml", '<ErrorResponse xmlns="%s"><Error><Type>Sender</Type><Code>%s</Code>'
                        '<Message>%s</Message></Error><RequestId>1</RequestId></ErrorResponse>' % (
                            self.namespace, escape(code), escape(message)))
        else:
            self.answer(status, "application/x-amz-json-1.1", json.dumps({"__type": code, "message": message}))

    def answer(self, status, kind, text):
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("x-amzn-RequestId", "1")
        self.end_headers()
        self.wfile.write(data)
        self.wfile.flush()


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_): pass


def apply(script):
    if script.get("reset"): State.reset()
    if "time" in script: Clock.last = float(script["time"])
    for item in script.get("services", []):
        service = Service(item)
        State.services[service.cluster, service.name] = service
    for name, plays in script.get("plays", {}).items(): of_script(name).plays = list(plays)
    if "faults" in script: State.faults = list(script["faults"])
    if "on" in script: State.on = list(script["on"])
    for name, task in script.get("deploy", {}).items():
        service = of_script(name)
        service.deploy(State.revision(task)["taskDefinitionArn"], service.desired)
    for name in script.get("stop", []):
        current = of_script(name).current
        if current: Operations().StopServiceDeployment({"serviceDeploymentArn": current.arn})
    for name in script.get("remove", []): remove(of_script(name))


def of_script(name):
    for service in State.services.values():
        if name in (service.name, service.arn, service.cluster + "/" + service.name): return service
    raise KeyError("no service " + name)


def state():
    return {"services": [s.describe() for s in State.services.values()],
            "taskDefinitions": [x for family in State.revisions.values() for x in family],
            "serviceDeployments": [d.describe() for s in State.services.values() for d in s.deployments],
            "scaling": {s.name: s.scaling for s in State.services.values() if s.scaling}}


def control(listener):
    while True:
        client, _ = listener.accept()
        line = client.makefile("r", encoding="utf-8").readline()
        with State.lock:
            script = json.loads(line or "{}")
            try:
                apply(script)
                answer = json.dumps([state()] if script.get("state") else State.requests)
            except Exception as error:  # the test sees that its script is wrong
                answer = json.dumps("the script is wrong: %r" % error)
        client.sendall(answer.encode())
        client.close()


if __name__ == "__main__":
    server = Server(("127.0.0.1", 0), Handler)
    control_listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=control, args=(control_listener,), daemon=True).start()
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
    print(server.server_port, control_listener.getsockname()[1], flush=True)
    server.serve_forever()
