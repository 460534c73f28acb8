//! Connections to the database that questions share.

use albumen_schemas::database::{self, Connector};
use deadpool_postgres::{ConfigConnectImpl, Connect, Manager, ManagerConfig, Pool, RecyclingMethod};
use futures::future::BoxFuture;
use tokio::{runtime::Handle, task::JoinHandle};
use tokio_postgres::{Client, Config, Error};
use tokio_util::context::TokioContext;

use super::CliError;

/// Connections for questions. PostgreSQL answers faster with few that are busy than with many.
const POOL_CONNECTIONS: usize = 12;

/// Statements are prepared once per connection and then only executed. Left to itself the database plans most of ours
/// anew each time, since it takes knowing the values for cheaper; the plan is the same, and making it costs more than
/// the answer.
const PLAN_ONCE: &str = "-c plan_cache_mode=force_generic_plan";

/// Connects in the runtime that made the pool, whoever asks: a rebuild that gives way has a runtime of its own, which
/// ends with it, and what it leaves in the pool has to serve everybody.
struct AtHome {
    home: Handle,
    connect: ConfigConnectImpl<Connector>,
}

impl Connect for AtHome {
    fn connect(&self, config: &Config) -> BoxFuture<'_, Result<(Client, JoinHandle<()>), Error>> {
        Box::pin(TokioContext::new(self.connect.connect(config), self.home.clone()))
    }
}

/// A pool of connections to one database.
pub(super) fn pool_of(connect: &Config) -> Result<Pool, CliError> {
    let mut connect = connect.clone();
    let options = [connect.get_options().unwrap_or_default(), PLAN_ONCE].join(" ");
    connect.options(options);
    let (connect, tls) = database::secured(&connect);
    let at_home = AtHome { home: Handle::current(), connect: ConfigConnectImpl { tls } };
    let config = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    Pool::builder(Manager::from_connect(connect, at_home, config))
        .max_size(POOL_CONNECTIONS)
        .build()
        .map_err(|error| CliError::because("no connections to the database")(&error))
}
