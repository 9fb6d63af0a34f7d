package main

import (
	"time"

	"go.temporal.io/server/common/dynamicconfig"
)

// historyShards can never change for an existing database.
const historyShards = 128

// namespaceRefresh is how long a change of the namespace, a new search
// attribute for example, takes to reach all services. Each of the four reads
// one small table this often.
const namespaceRefresh = time.Second

// tuning is the server's dynamic configuration, where it differs from the
// server's defaults and why.
func tuning() dynamicconfig.StaticClient {
	return dynamicconfig.StaticClient{
		// Nothing leaves the machine.
		dynamicconfig.EnableServerVersionCheck.Key(): false,

		dynamicconfig.NamespaceCacheRefreshInterval.Key(): namespaceRefresh,

		// The rate limits protect tenants of a shared cluster from each other.
		// Here there is one tenant, and a herd of deadlines must be limited by
		// the machine, not by a number.
		dynamicconfig.FrontendRPS.Key():                        20_000,
		dynamicconfig.FrontendMaxNamespaceRPSPerInstance.Key(): 20_000,
		dynamicconfig.HistoryRPS.Key():                         40_000,
		dynamicconfig.MatchingRPS.Key():                        40_000,
		dynamicconfig.FrontendPersistenceMaxQPS.Key():          20_000,
		dynamicconfig.HistoryPersistenceMaxQPS.Key():           40_000,
		dynamicconfig.MatchingPersistenceMaxQPS.Key():          20_000,

		// Timers that are due together are fired 32 at a time. With the default of
		// 512 they stand in a row before the 30 connections to Postgres, and what a
		// person does meanwhile stands at its end: beside 2,000 timers an action
		// took up to 1.3 s.
		dynamicconfig.TimerProcessorSchedulerWorkerCount.Key(): 32,

		// A worker that is told to stop gets nothing more to do. Left out, what
		// it is given in that moment waits until it counts as dead.
		dynamicconfig.EnableCancelWorkerPollsOnShutdown.Key(): true,
		// Listing is what operators do, and the default of 10 a second is
		// used up by one open page of the Web UI beside a script.
		dynamicconfig.FrontendMaxNamespaceVisibilityRPSPerInstance.Key(): 200,
		// Every update that a caller waits for counts as a long request.
		dynamicconfig.FrontendMaxConcurrentLongRunningRequestsPerInstance.Key(): 5_000,

		// A task queue in one piece: with the default of four, tasks and pollers
		// of one machine keep missing each other. 2,000 timers due in the same
		// instant were through in 14-17 s instead of 22-31 s. The number may be
		// raised later; lowering it would leave tasks behind.
		dynamicconfig.MatchingNumTaskqueueReadPartitions.Key():  1,
		dynamicconfig.MatchingNumTaskqueueWritePartitions.Key(): 1,

		// Tasks that wait are handed out by their priority, and among equals by
		// turns of their fairness key, which is the dealer: one dealer's flood
		// is not in front of everybody else. What waits in a queue from before
		// is worked off first and nothing of it is lost.
		dynamicconfig.MatchingEnableFairness.Key(): true,

		// How far each dealer's turns have gone is written down that often. An
		// engine that was killed goes on from what is written, and what comes in
		// later overtakes whatever else already waited: with the default of a
		// minute and a kill in each, some leads waited for twenty.
		dynamicconfig.MatchingUpdateAckInterval.Key(): 5 * time.Second,

		// 128,000 workflows would not fit into this process; 10,000 cover the
		// open leads of a large dealer.
		dynamicconfig.HistoryCacheHostLevelMaxSize.Key(): 10_000,
	}
}
