import { useEffect, useState, useSyncExternalStore } from 'react';
import { type Beginning, LogModel, type Origin } from './model';

/** A model for as long as the component is there. Give the component a key that says which log it is. */
export function useLogModel(make: () => Origin, beginning: Beginning): LogModel {
  const [model] = useState(() => new LogModel(make(), beginning));
  useEffect(() => {
    model.open();
    return () => model.close();
  }, [model]);
  useSyncExternalStore(model.subscribe, () => model.version);
  return model;
}
