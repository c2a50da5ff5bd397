//! Watching over the work: until all elements have ended, somebody cancels, or the pilots are lost.

use super::{AttemptFlow, Subject, at_step};
use crate::kept::Reach;
use crate::store::{self, PilotRow, edit_run, save_run};
use crate::{elements, life};
use db::{DbError, args};
use flow::{Advance, Commit, Context, StepError};
use futures_util::FutureExt;
use model::mark::Slot;
use model::run::{Outcome, Step, WaitingReason};
use model::{Code, Problem, Timestamp};
use sites::openstack::Purpose;
use sites::{Thing, ThingKind};
use std::time::Duration;

/// Reports wake the flow; this is how soon a death that nobody reported is noticed.
const LOOK_AGAIN: Duration = Duration::from_secs(3);
/// A pilot that was just started holds no lock yet, and is not lost for that.
const STARTS_WITHIN: Duration = Duration::from_secs(15);
/// Gateways that share a database give a sign of life every second. One that gives none for so long may be dead, and what
/// it wrote about its pilots is not believed any more.
const SIGN_WITHIN: Duration = Duration::from_secs(3);
/// A pilot is written down as seen every ten seconds.
const SILENT_FOR: Duration = Duration::from_secs(20);
/// Pilots dial again at once.
const CUT_OFF_FOR: Duration = Duration::from_secs(2);
/// How long pilots may take to end what was cancelled.
const STOP_GRACE: Duration = Duration::from_secs(12);

enum Pilots {
    /// At least one works or is on its way.
    Aboard,
    /// They live, but no gateway hears them.
    OutOfReach { since: Timestamp },
    /// None will report any more.
    Lost(Problem),
}

impl AttemptFlow {
    pub(super) async fn work(&self, subject: Subject, context: &Context) -> Result<Advance, StepError> {
        let run = self.0.run_doc(&subject.attempt.run).await?;
        if run.elements.all_ended() {
            return Ok(self.conclude(subject));
        }
        if context.cancel {
            return self.stop_work(subject).await;
        }
        match self.look_at_pilots(&subject).await? {
            Pilots::Aboard => Ok(self.go_on(subject, None)),
            Pilots::OutOfReach { since } => {
                let detail = format!("The pilot at {} is out of reach since {since}; its work goes on.", subject.attempt.service);
                Ok(self.go_on(subject, Some(detail)))
            }
            // Its last words may have been committed while we looked.
            Pilots::Lost(problem) => match self.0.run_doc(&subject.attempt.run).await?.elements.all_ended() {
                true => Ok(self.conclude(subject)),
                // With the machine, if that is what went: it does not come back.
                false => Err(StepError::Final(match &subject.reach {
                    Reach::Gone(gone) => gone.clone(),
                    _ => problem,
                })),
            },
        }
    }

    pub(super) fn go_on(&self, subject: Subject, out_of_reach: Option<String>) -> Advance {
        let inner = self.0.clone();
        let commit = Commit::new(move |tx| {
            async move {
                let mut run = edit_run(tx, &subject.attempt.run).await?;
                let remedy = "Nothing needs to be done: it reconnects by itself, or the work is given up and tried again.";
                let waiting = out_of_reach.map(|detail| inner.waiting(WaitingReason::Pilot, detail, remedy));
                inner.wait_for(tx, &mut run, waiting).await?;
                save_run(tx, &run).await
            }
            .boxed()
        });
        Advance::Pending { after: LOOK_AGAIN, commit }
    }

    /// All elements have ended: the outcome is fixed now, before anything is removed.
    fn conclude(&self, subject: Subject) -> Advance {
        let inner = self.0.clone();
        let commit = Commit::new(move |tx| {
            async move {
                let mut run = edit_run(tx, &subject.attempt.run).await?;
                let (outcome, cause) = inner.verdict(tx, &run).await?;
                inner.decide(tx, &mut run, outcome, cause).await?;
                inner.step(tx, &mut run, Step::Release).await?;
                save_run(tx, &run).await
            }
            .boxed()
        });
        Advance::Done { output: serde_json::Value::Null, commit }
    }

    /// Cancelled: what no pilot has begun ends now, the rest when the pilots say so, or when they take too long.
    async fn stop_work(&self, subject: Subject) -> Result<Advance, StepError> {
        let attempt = &subject.attempt;
        let overdue = attempt.stop_at.is_some_and(|at| self.0.now().since(at) > STOP_GRACE);
        let all_lost = matches!(self.look_at_pilots(&subject).await?, Pilots::Lost(_));
        let inner = &self.0;
        let now = inner.now();
        let mut tx = inner.db.begin().await?;
        let mut run = edit_run(&mut tx, &attempt.run).await?;
        if overdue || all_lost {
            elements::end_rest(&mut tx, &run.id, Outcome::Cancelled, &life::cancelled(), now).await?;
        } else {
            elements::end_queued(&mut tx, &run.id, Outcome::Cancelled, &life::cancelled(), now).await?;
        }
        tx.execute(&store::STOP_ATTEMPT, args![run.id.as_str(), now]).await?;
        run.elements = elements::count(&mut tx, &run.id).await?;
        save_run(&mut tx, &run).await?;
        tx.commit().await?;
        let all_ended = run.elements.all_ended();
        if all_ended {
            return Ok(self.conclude(subject));
        }
        self.0.desk.stop(&subject.attempt.id, Vec::new());
        Ok(Advance::pending(Duration::from_secs(1)))
    }

    /// Judged by what we see: the service's own word on whether they live, and when they were last heard.
    async fn look_at_pilots(&self, subject: &Subject) -> Result<Pilots, StepError> {
        let rows = self.0.db.rows(&store::PILOTS, args![subject.attempt.id.as_str()]).await?;
        let pilots = rows.iter().map(PilotRow::of_row).collect::<Result<Vec<_>, DbError>>()?;
        let now = self.0.now();
        let ground = self.ground(subject, Purpose::Work, &[]).await?;
        let mut silent_since: Option<Timestamp> = None;
        let (mut any_alive, mut any_heard) = (false, false);
        // All of them: one that works must not hide another's death.
        for pilot in &pilots {
            let expected_at = pilot.enrolment_expires_at.minus(self.0.settings.enrolment_lifetime);
            let on_its_way = !pilot.enrolled && now.since(expected_at) < STARTS_WITHIN;
            if on_its_way || self.0.desk.is_connected(&pilot.id) || is_heard(pilot, now) {
                any_heard = true;
                continue;
            }
            let Some((word, number)) = pilot.slot.rsplit_once('-') else { continue };
            let thing = Thing { kind: ThingKind::Pilot, slot: Slot::new(word, number.parse().unwrap_or(0)) };
            if ground.exists(&subject.mark(&self.0, &thing), &thing).await.map_err(at_step)? {
                // Its gateway may only be slow, or it is just dialling another one.
                if pilot.gateway.is_some() && was_seen(pilot, now, SILENT_FOR) {
                    any_heard = true;
                    continue;
                }
                any_alive = true;
                // While no gateway was there to hear it, it was not silent.
                silent_since = silent_since.max(pilot.seen_at.map(|at| at.max(self.0.started_at)).or(Some(now)));
            } else {
                // What it held can be taken over by the others.
                self.0.take_back(&subject.attempt, &pilot.id).await?;
            }
        }
        if any_heard {
            return Ok(Pilots::Aboard);
        }
        let came = pilots.iter().any(|pilot| pilot.enrolled);
        match (any_alive, silent_since) {
            (true, Some(since)) if now.since(since) > self.0.settings.pilot_silence => {
                Ok(Pilots::Lost(lost(came, &subject.attempt.service)))
            }
            (true, Some(since)) if came => Ok(Pilots::OutOfReach { since }),
            (true, _) => Ok(Pilots::Aboard),
            (false, _) => Ok(Pilots::Lost(lost(came, &subject.attempt.service))),
        }
    }
}

/// Connected to another gateway, which writes it down from time to time and is there itself; or cut off a moment ago, and
/// on its way back. Whoever is not heard may be alive all the same: then the service is asked.
fn is_heard(pilot: &PilotRow, now: Timestamp) -> bool {
    match &pilot.gateway {
        Some(_) => pilot.gateway_unheard.is_some_and(|unheard| unheard < SIGN_WITHIN) && was_seen(pilot, now, SILENT_FOR),
        None => was_seen(pilot, now, CUT_OFF_FOR),
    }
}

fn was_seen(pilot: &PilotRow, now: Timestamp, within: Duration) -> bool {
    pilot.seen_at.is_some_and(|at| now.since(at) < within)
}

fn lost(came: bool, service: &str) -> Problem {
    if came {
        Problem::new(
            Code::PilotLost,
            format!("The pilot at {service} ended or went silent before the work was done."),
            "It is tried again by itself, a few times. If it happens again, the computer may be short of memory: ask for less, or look at its log.",
        )
    } else {
        Problem::new(
            Code::PilotSilent,
            format!("The pilot at {service} was started but never reported."),
            "It is tried again by itself, a few times. If it happens again, the administrator should look at the gateway's log.",
        )
    }
}
